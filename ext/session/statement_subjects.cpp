#include <cstring>
#include <initializer_list>

#include "server.hpp"

#include "session/statement_subjects.hpp"
#include "session/table_statements.hpp"

namespace pgclone::session {

namespace {

// CREATE makes what wasn't there; OR REPLACE changes what is.
bool made_unless(bool replace) {
  return !replace;
}

void read_view(Subjects& out, const ViewStmt* view) {
  add(out, made_unless(view->replace), view->view);
}

// Rows come when all tables have theirs.
void read_create_as(Subjects& out, const CreateTableAsStmt* create) {
  require(create->objtype == OBJECT_MATVIEW && create->into->skipData && !create->if_not_exists,
          "It makes a table of a query");
  add(out, kMade, create->into->rel);
}

void read_index(Subjects& out, const IndexStmt* index) {
  require(!index->concurrent && !index->if_not_exists && index->idxname != nullptr,
          "It has clauses that no index of a clone is made with");
  add(out, kChanged, index->relation);
  add(out, NameSpace::relation, kMade, index->relation->schemaname, index->idxname);
}

void read_trigger(Subjects& out, const CreateTrigStmt* trigger) {
  require(!trigger->replace, "It replaces a trigger");
  add(out, kChanged, trigger->relation);
}

// A rule ON SELECT makes a view of its table.
void read_rule(Subjects& out, const RuleStmt* rule) {
  require(!rule->replace && rule->event != CMD_SELECT, "It replaces a rule, or makes a view");
  add(out, kChanged, rule->relation);
}

void read_define(Subjects& out, const DefineStmt* define) {
  require(!define->replace && !define->if_not_exists, "It replaces an object");
  // Its arguments come with the number of its direct ones.
  if (define->kind == OBJECT_AGGREGATE)
    return add_routine(out, kMade, define->defnames,
                       define->oldstyle ? NIL : linitial_node(List, define->args));
  const bool type = define->kind == OBJECT_TYPE;
  add(out, type ? NameSpace::relation : NameSpace::other, kMade, define->defnames);
}

// Functions that make its values bear its name.
void add_range(Subjects& out, const List* name) {
  add(out, NameSpace::relation, kMade, name);
  add_any_routine(out, kMade, name);
}

void read_range(Subjects& out, const CreateRangeStmt* range) {
  add_range(out, range->typeName);
  ListCell* cell;
  foreach (cell, range->params) {
    const DefElem* const option = lfirst_node(DefElem, cell);
    if (std::strcmp(option->defname, "multirange_type_name") != 0) continue;
    require(option->arg != nullptr && IsA(option->arg, TypeName), "It names no multirange");
    add_range(out, castNode(TypeName, option->arg)->names);
  }
}

void read_domain(Subjects& out, const CreateDomainStmt* domain) {
  add(out, NameSpace::relation, kMade, domain->domainname);
  check_constraints(out, domain->constraints);
}

void read_alter_domain(Subjects& out, const AlterDomainStmt* alter) {
  require(alter->subtype == 'C' || alter->subtype == 'V', "It alters what no clone alters");
  add(out, NameSpace::relation, kChanged, alter->typeName);
}

// A built-in type is written with pg_catalog, or by one of the words that stand for it.
bool may_be_own(const TypeName* type) {
  return std::strcmp(strVal(linitial(type->names)), "pg_catalog") != 0;
}

// One of a cast's types is the clone's; the other may be anybody's.
void read_cast(Subjects& out, const CreateCastStmt* cast) {
  require(may_be_own(cast->sourcetype) || may_be_own(cast->targettype),
          "It is about types of the server");
  static_cast<void>(out);
}

void read_grant(Subjects& out, const GrantStmt* grant) {
  require(grant->targtype == ACL_TARGET_OBJECT && list_length(grant->objects) == 1,
          "It grants more than rights on one object");
  auto* const object = static_cast<Node*>(linitial(grant->objects));
  switch (grant->objtype) {
    case OBJECT_TABLE:
    case OBJECT_SEQUENCE:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
    case OBJECT_SCHEMA:
      return add_object(out, grant->objtype, object);
    default:
      refuse("It grants rights on an object that no clone makes");
  }
}

void read_default_privileges(Subjects& out, const AlterDefaultPrivilegesStmt* alter) {
  bool in_schema = false;
  ListCell* cell;
  foreach (cell, alter->options) {
    const DefElem* const option = lfirst_node(DefElem, cell);
    if (std::strcmp(option->defname, "schemas") != 0) continue;
    in_schema = true;
    ListCell* name;
    foreach (name, castNode(List, option->arg)) add_schema(out, kChanged, strVal(lfirst(name)));
  }
  require(in_schema, "It sets default privileges of the whole database");
}

void read_schema(Subjects& out, const CreateSchemaStmt* schema) {
  require(schema->schemaElts == NIL && schema->authrole == nullptr && schema->schemaname != nullptr,
          "It makes a schema with what is in it");
  add_schema(out, kMade, schema->schemaname);
}

void read_relations(Subjects& out, const List* relations) {
  ListCell* cell;
  foreach (cell, relations) add(out, kChanged, lfirst_node(RangeVar, cell));
}

void read_analyze(Subjects& out, const VacuumStmt* vacuum) {
  require(!vacuum->is_vacuumcmd && vacuum->rels != NIL, "It vacuums");
  ListCell* cell;
  foreach (cell, vacuum->rels) add(out, kChanged, lfirst_node(VacuumRelation, cell)->relation);
}

void read_delete(Subjects& out, const DeleteStmt* statement) {
  require(statement->usingClause == NIL && statement->whereClause == nullptr &&
              statement->returningList == NIL && statement->withClause == nullptr,
          "It deletes some rows");
  add(out, kChanged, statement->relation);
}

const Node* without_cast(const Node* node) {
  return IsA(node, TypeCast) ? castNode(TypeCast, const_cast<Node*>(node))->arg : node;
}

bool calls_one_of(const FuncCall* call, std::initializer_list<const char*> names) {
  if (list_length(call->funcname) != 2 ||
      std::strcmp(strVal(linitial(call->funcname)), "pg_catalog") != 0)
    return false;
  for (const char* const name : names)
    if (std::strcmp(strVal(lsecond(call->funcname)), name) == 0) return true;
  return false;
}

// Constants, columns, and what settings are put together with.
bool is_plain(const Node* node) {
  if (node == nullptr || IsA(node, A_Const) || IsA(node, ColumnRef)) return true;
  if (IsA(node, TypeCast)) return is_plain(without_cast(node));
  if (IsA(node, A_Expr)) {
    const auto* const expression = reinterpret_cast<const A_Expr*>(node);
    return expression->kind == AEXPR_OP && is_plain(expression->lexpr) &&
           is_plain(expression->rexpr);
  }
  if (!IsA(node, FuncCall)) return false;
  const auto* const call = reinterpret_cast<const FuncCall*>(node);
  if (!calls_one_of(call, {"current_setting", "left", "length"})) return false;
  ListCell* cell;
  foreach (cell, call->args)
    if (!is_plain(static_cast<const Node*>(lfirst(cell)))) return false;
  return true;
}

// setval() of a sequence, given by its name.
void add_sequence(Subjects& out, const FuncCall* call) {
  if (std::strcmp(strVal(lsecond(call->funcname)), "setval") != 0) return;
  const Node* const name = without_cast(static_cast<const Node*>(linitial(call->args)));
  require(IsA(name, A_Const) && !castNode(A_Const, const_cast<Node*>(name))->isnull &&
              IsA(&castNode(A_Const, const_cast<Node*>(name))->val, String),
          "It sets what is no sequence");
  add(out, NameSpace::relation, kChanged,
      textToQualifiedNameList(
          cstring_to_text(castNode(A_Const, const_cast<Node*>(name))->val.sval.sval)));
}

// SELECT of one call; with constants, and at most a column of pg_namespace.
void read_call(Subjects& out, const SelectStmt* select) {
  constexpr const char* kOther = "It is a query";
  require(select->op == SETOP_NONE && list_length(select->targetList) == 1 &&
              list_length(select->fromClause) <= 1 && select->distinctClause == NIL &&
              select->intoClause == nullptr && select->groupClause == NIL &&
              select->havingClause == nullptr && select->windowClause == NIL &&
              select->valuesLists == NIL && select->sortClause == NIL &&
              select->limitOffset == nullptr && select->limitCount == nullptr &&
              select->lockingClause == NIL && select->withClause == nullptr,
          kOther);
  if (select->fromClause != NIL) {
    const auto* const from = static_cast<const Node*>(linitial(select->fromClause));
    require(IsA(from, RangeVar) && std::strcmp(castNode(RangeVar, const_cast<Node*>(from))->relname,
                                               "pg_namespace") == 0,
            kOther);
  }
  const auto* const value = linitial_node(ResTarget, select->targetList)->val;
  require(IsA(value, FuncCall), kOther);
  const auto* const call = castNode(FuncCall, const_cast<Node*>(value));
  require(calls_one_of(call, {"setval", "set_config", "pg_advisory_xact_lock"}),
          "It calls a function that no clone calls");
  ListCell* cell;
  foreach (cell, call->args) require(is_plain(static_cast<const Node*>(lfirst(cell))), kOther);
  add_sequence(out, call);
}

// Whether the kind was known.
bool read_relation_kind(Subjects& out, Node* node) {
  switch (nodeTag(node)) {
    case T_CreateStmt:
      return check_table(out, castNode(CreateStmt, node)), true;
    case T_CreateForeignTableStmt:
      return check_table(out, &castNode(CreateForeignTableStmt, node)->base), true;
    case T_AlterTableStmt:
      return check_alter_table(out, castNode(AlterTableStmt, node)), true;
    case T_CreateSeqStmt:
      add(out, kMade, castNode(CreateSeqStmt, node)->sequence);
      return check_sequence_options(out, castNode(CreateSeqStmt, node)->options), true;
    case T_AlterSeqStmt:
      add(out, kChanged, castNode(AlterSeqStmt, node)->sequence);
      return check_sequence_options(out, castNode(AlterSeqStmt, node)->options), true;
    case T_IndexStmt:
      return read_index(out, castNode(IndexStmt, node)), true;
    case T_ViewStmt:
      return read_view(out, castNode(ViewStmt, node)), true;
    case T_CreateTableAsStmt:
      return read_create_as(out, castNode(CreateTableAsStmt, node)), true;
    case T_RefreshMatViewStmt:
      return add(out, kChanged, castNode(RefreshMatViewStmt, node)->relation), true;
    case T_CreateTrigStmt:
      return read_trigger(out, castNode(CreateTrigStmt, node)), true;
    case T_RuleStmt:
      return read_rule(out, castNode(RuleStmt, node)), true;
    case T_CreatePolicyStmt:
      return add(out, kChanged, castNode(CreatePolicyStmt, node)->table), true;
    case T_CreateStatsStmt:
      return add(out, NameSpace::other, kMade, castNode(CreateStatsStmt, node)->defnames), true;
    case T_AlterStatsStmt:
      return add(out, NameSpace::other, kChanged, castNode(AlterStatsStmt, node)->defnames), true;
    default:
      return false;
  }
}

bool read_object_kind(Subjects& out, Node* node) {
  switch (nodeTag(node)) {
    case T_CompositeTypeStmt:
      return add(out, kMade, castNode(CompositeTypeStmt, node)->typevar), true;
    case T_CreateEnumStmt:
      return add(out, NameSpace::relation, kMade, castNode(CreateEnumStmt, node)->typeName), true;
    case T_CreateRangeStmt:
      return read_range(out, castNode(CreateRangeStmt, node)), true;
    case T_CreateDomainStmt:
      return read_domain(out, castNode(CreateDomainStmt, node)), true;
    case T_AlterDomainStmt:
      return read_alter_domain(out, castNode(AlterDomainStmt, node)), true;
    case T_DefineStmt:
      return read_define(out, castNode(DefineStmt, node)), true;
    case T_CreateFunctionStmt:
      return add_routine(out, made_unless(castNode(CreateFunctionStmt, node)->replace),
                         castNode(CreateFunctionStmt, node)->funcname,
                         castNode(CreateFunctionStmt, node)->parameters),
             true;
    case T_CreateOpClassStmt:
      return add(out, NameSpace::other, kMade, castNode(CreateOpClassStmt, node)->opclassname),
             true;
    case T_CreateOpFamilyStmt:
      return add(out, NameSpace::other, kMade, castNode(CreateOpFamilyStmt, node)->opfamilyname),
             true;
    case T_AlterOpFamilyStmt:
      return add(out, NameSpace::other, kChanged, castNode(AlterOpFamilyStmt, node)->opfamilyname),
             true;
    case T_CreateCastStmt:
      return read_cast(out, castNode(CreateCastStmt, node)), true;
    case T_CreateTransformStmt:
      return require(!castNode(CreateTransformStmt, node)->replace &&
                         may_be_own(castNode(CreateTransformStmt, node)->type_name),
                     "It is about a type of the server"),
             true;
    case T_CreateConversionStmt:
      return add(out, NameSpace::other, kMade,
                 castNode(CreateConversionStmt, node)->conversion_name),
             true;
    case T_AlterTSConfigurationStmt:
      return add(out, NameSpace::other, kChanged,
                 castNode(AlterTSConfigurationStmt, node)->cfgname),
             true;
    default:
      return false;
  }
}

void add_dependent(Subjects& out, const AlterObjectDependsStmt* depends) {
  if (depends->relation != nullptr) return add(out, kChanged, depends->relation);
  add_object(out, depends->objectType, depends->object);
}

bool read_other_kind(Subjects& out, Node* node) {
  switch (nodeTag(node)) {
    case T_CommentStmt:
      return add_object(out, castNode(CommentStmt, node)->objtype,
                        castNode(CommentStmt, node)->object),
             true;
    case T_SecLabelStmt:
      return add_object(out, castNode(SecLabelStmt, node)->objtype,
                        castNode(SecLabelStmt, node)->object),
             true;
    case T_AlterOwnerStmt:
      return add_object(out, castNode(AlterOwnerStmt, node)->objectType,
                        castNode(AlterOwnerStmt, node)->object),
             true;
    case T_AlterObjectDependsStmt:
      return add_dependent(out, castNode(AlterObjectDependsStmt, node)), true;
    case T_GrantStmt:
      return read_grant(out, castNode(GrantStmt, node)), true;
    case T_AlterDefaultPrivilegesStmt:
      return read_default_privileges(out, castNode(AlterDefaultPrivilegesStmt, node)), true;
    case T_CreateSchemaStmt:
      return read_schema(out, castNode(CreateSchemaStmt, node)), true;
    case T_CreateExtensionStmt:
    case T_ConstraintsSetStmt:
      return true;
    case T_VacuumStmt:
      return read_analyze(out, castNode(VacuumStmt, node)), true;
    case T_TruncateStmt:
      return read_relations(out, castNode(TruncateStmt, node)->relations), true;
    case T_DeleteStmt:
      return read_delete(out, castNode(DeleteStmt, node)), true;
    case T_SelectStmt:
      return read_call(out, castNode(SelectStmt, node)), true;
    default:
      return false;
  }
}

}  // namespace

RawSubject* find_subjects(Node* statement) {
  Subjects out{nullptr};
  if (!read_relation_kind(out, statement) && !read_object_kind(out, statement) &&
      !read_other_kind(out, statement))
    refuse("It is a kind of statement that no clone is made of");
  return out.first;
}

}  // namespace pgclone::session
