// The statements that a clone is made of, as trees of this server's parser. C in all but name: used
// below a server_call(), owns nothing, raises server errors. Include server.hpp before.
#pragma once

#include "session/subject_list.hpp"

namespace pgclone::session {

// What the statement makes or changes. Raises 08P01 for kinds of statements that no clone is made
// of, and for parts that none of its statements has.
RawSubject* find_subjects(Node* statement);

}  // namespace pgclone::session
