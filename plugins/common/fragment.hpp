// Pieces of definitions as a source prints them: a type, an expression, a partition's bound. They
// are put between words of ours, so none may end what it stands in.
#pragma once

#include <string>
#include <string_view>

namespace pgclone::common {

// The text, if it is whole: its quotes and brackets are closed, and it closes no others; no comma
// or semicolon stands outside of brackets, and no comment anywhere. The target's parser reads the
// whole statement as well; but inside of CREATE TABLE more than one reading is a good one.
// `what`: names it in the error, e.g. `the type of column "c" of table "s"."t"`.
std::string whole_fragment(std::string text, const std::string& what);

// The text, if it is no more than a type as servers print types: numeric(9,2)[], "s"."t",
// timestamp(3) without time zone. Other words than a type's would be clauses of what it stands in.
std::string whole_type(std::string text, const std::string& what);

// The text, if it is a name of one or two parts, or empty.
std::string whole_name(std::string text, const std::string& what);

}  // namespace pgclone::common
