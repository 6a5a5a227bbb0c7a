// Loads binary COPY data into a table that has nothing but columns yet: no index, trigger, check or
// generated column. Rows are read from the stream and go to the table in batches, as COPY FROM does
// it, but without the machinery in between that such a table doesn't need.
//
// C in all but name: used below a server_call(). Include server.hpp before.
#pragma once

#include <cstdint>

namespace pgclone::session {

// Whether COPY FROM would do no more with rows of these columns (a List of their numbers) than
// store them.
bool may_load_directly(Relation relation, const List* columns);

// Loads the rows of the copy that runs (copy_source.hpp); returns their number. The caller has
// checked the rights, as for BeginCopyFrom(). `freeze`: legal here, and wanted. Raises what COPY
// FROM raises, with a CONTEXT of the same form, but for the DETAIL of a NULL that is not allowed.
std::uint64_t load_directly(Relation relation, const List* columns, bool freeze);

}  // namespace pgclone::session
