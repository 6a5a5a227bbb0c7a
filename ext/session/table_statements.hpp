// What statements about tables and sequences may say. C in all but name: used below a
// server_call(), owns nothing, raises server errors. Include server.hpp before.
#pragma once

#include "session/subject_list.hpp"

namespace pgclone::session {

void check_table(Subjects& out, CreateStmt* table);
void check_alter_table(Subjects& out, AlterTableStmt* alter);
void check_sequence_options(Subjects& out, const List* options);
// Of a column or domain.
void check_constraints(Subjects& out, const List* constraints);

}  // namespace pgclone::session
