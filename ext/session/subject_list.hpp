// The objects that a parsed statement is about, collected. C in all but name: used below a
// server_call(), owns nothing, raises server errors. Include server.hpp before.
#pragma once

#include "job/statement_reader.hpp"

namespace pgclone::session {

using job::NameSpace;

// In the current memory context.
struct RawSubject {
  NameSpace space;
  bool made;
  const char* schema;
  const char* name;
  const char* arguments;
  RawSubject* next;
};

struct Subjects {
  RawSubject* first;
};

constexpr bool kMade = true;
constexpr bool kChanged = false;

// Raises 08P01: the statement is none that a clone is made of.
[[noreturn]] void refuse(const char* what);
void require(bool holds, const char* otherwise);

void add(Subjects& out, NameSpace space, bool made, const char* schema, const char* name);
void add(Subjects& out, bool made, const RangeVar* relation);
// A name as a list of strings; and the name in the first `count` parts of one.
void add(Subjects& out, NameSpace space, bool made, const List* name);
void add(Subjects& out, NameSpace space, bool made, const List* name, int count);
// A routine; types: of its input arguments, as TypeName, or as FunctionParameter with others
// between them.
void add_routine(Subjects& out, bool made, const List* name, const List* types);
void add_any_routine(Subjects& out, bool made, const List* name);
void add_schema(Subjects& out, bool made, const char* name);
void add_type(Subjects& out, const TypeName* type);
// What COMMENT, SECURITY LABEL, ALTER … OWNER TO and DEPENDS ON are about.
void add_object(Subjects& out, ObjectType type, Node* object);

bool is_relation(ObjectType type);

}  // namespace pgclone::session
