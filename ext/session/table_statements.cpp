#include <cstring>

#include "server.hpp"

#include "session/table_statements.hpp"

namespace pgclone::session {

namespace {

bool is_own_constraint(const Node* node) {
  if (!IsA(node, Constraint)) return false;
  switch (castNode(Constraint, const_cast<Node*>(node))->contype) {
    case CONSTR_NULL:
    case CONSTR_NOTNULL:
    case CONSTR_DEFAULT:
    case CONSTR_IDENTITY:
    case CONSTR_GENERATED:
    case CONSTR_CHECK:
      return true;
    default:
      return false;
  }
}

// Bounds are computed when they are given: constants, and the two words of ranges.
void check_bounds(const List* bounds) {
  ListCell* cell;
  foreach (cell, bounds) {
    const auto* node = static_cast<const Node*>(lfirst(cell));
    while (IsA(node, TypeCast)) node = castNode(TypeCast, const_cast<Node*>(node))->arg;
    require(IsA(node, A_Const) || IsA(node, ColumnRef),
            "It has a partition bound that is no constant");
  }
}

void check_attachment(Subjects& out, const Node* definition) {
  const auto* const command = castNode(PartitionCmd, const_cast<Node*>(definition));
  // The parent may be outside of the clone.
  add(out, kChanged, command->name);
  if (command->bound == nullptr) return;
  check_bounds(command->bound->listdatums);
  check_bounds(command->bound->lowerdatums);
  check_bounds(command->bound->upperdatums);
}

enum class Companions : unsigned char { refused, none, settings, triggers };

// What ALTER TABLE is used for; and what may stand beside it in one statement.
Companions companions_of(AlterTableType type) {
  switch (type) {
    case AT_ColumnDefault:
    case AT_DropNotNull:
    case AT_SetNotNull:
    case AT_AddIdentity:
    case AT_SetStatistics:
    case AT_SetOptions:
    case AT_SetStorage:
    case AT_SetCompression:
      return Companions::settings;
    case AT_EnableTrig:
    case AT_EnableAlwaysTrig:
    case AT_EnableReplicaTrig:
    case AT_DisableTrig:
      return Companions::triggers;
    case AT_AddConstraint:
    case AT_AlterConstraint:
    case AT_ValidateConstraint:
    case AT_ClusterOn:
    case AT_AddInherit:
    case AT_AttachPartition:
    case AT_ReplicaIdentity:
    case AT_EnableRowSecurity:
    case AT_ForceRowSecurity:
    case AT_EnableRule:
    case AT_EnableAlwaysRule:
    case AT_EnableReplicaRule:
    case AT_DisableRule:
    case AT_SetRelOptions:
    case AT_SetLogged:
    case AT_SetUnLogged:
    case AT_ChangeOwner:
      return Companions::none;
    default:
      return Companions::refused;
  }
}

}  // namespace

void check_sequence_options(Subjects& out, const List* options) {
  ListCell* cell;
  foreach (cell, options) {
    const DefElem* const option = lfirst_node(DefElem, cell);
    if (std::strcmp(option->defname, "owned_by") == 0) {
      const List* const column = castNode(List, option->arg);
      if (list_length(column) > 1)
        add(out, NameSpace::relation, kChanged, column, list_length(column) - 1);
    } else if (std::strcmp(option->defname, "sequence_name") == 0) {
      add(out, NameSpace::relation, kMade, castNode(List, option->arg));
    }
  }
}

void check_constraints(Subjects& out, const List* constraints) {
  ListCell* cell;
  foreach (cell, constraints) {
    const auto* const node = static_cast<const Node*>(lfirst(cell));
    if (IsA(node, CollateClause)) continue;
    require(is_own_constraint(node), "It has a constraint that is added elsewhere");
    const Constraint* const constraint = lfirst_node(Constraint, cell);
    if (constraint->contype == CONSTR_IDENTITY) check_sequence_options(out, constraint->options);
  }
}

void check_table(Subjects& out, CreateStmt* table) {
  add(out, kMade, table->relation);
  require(!table->if_not_exists && table->oncommit == ONCOMMIT_NOOP && table->partbound == nullptr,
          "It has clauses that no table of a clone is made with");
  ListCell* cell;
  foreach (cell, table->tableElts) {
    const auto* const node = static_cast<const Node*>(lfirst(cell));
    if (IsA(node, ColumnDef))
      check_constraints(out, lfirst_node(ColumnDef, cell)->constraints);
    else
      require(is_own_constraint(node), "It has parts other than columns and checks");
  }
}

void check_alter_table(Subjects& out, AlterTableStmt* alter) {
  require(is_relation(alter->objtype), "It alters what no clone alters");
  Companions all = Companions::none;
  ListCell* cell;
  foreach (cell, alter->cmds) {
    auto* const command = lfirst_node(AlterTableCmd, cell);
    const Companions one = companions_of(command->subtype);
    require(one != Companions::refused, "It alters what no clone alters");
    if (foreach_current_index(cell) > 0)
      require(one == all && one != Companions::none, "It does more than one thing to its table");
    all = one;
    if (command->subtype == AT_AttachPartition) {
      check_attachment(out, command->def);
      if (alter->objtype != OBJECT_INDEX) return;
    }
    if (command->subtype == AT_AddIdentity)
      check_sequence_options(out, castNode(Constraint, command->def)->options);
  }
  add(out, kChanged, alter->relation);
}

}  // namespace pgclone::session
