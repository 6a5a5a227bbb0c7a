#include "server.hpp"

#include "session/subject_list.hpp"

namespace pgclone::session {

void refuse(const char* what) {
  ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION), errmsg("%s", what)));
}

void require(bool holds, const char* otherwise) {
  if (!holds) refuse(otherwise);
}

namespace {

void add(Subjects& out, NameSpace space, bool made, const char* schema, const char* name,
         const char* arguments) {
  auto* const subject = static_cast<RawSubject*>(palloc(sizeof(RawSubject)));
  *subject = {space, made, schema, name, arguments, out.first};
  out.first = subject;
}

// As it is written. Both sides of a comparison come from one source, which prints types alike.
void append_type(StringInfo text, const TypeName* type) {
  ListCell* cell;
  foreach (cell, type->names)
    appendStringInfo(text, "%s%s", foreach_current_index(cell) == 0 ? "" : ".",
                     quote_identifier(strVal(lfirst(cell))));
  for (int i = 0; i < list_length(type->arrayBounds); ++i) appendStringInfoString(text, "[]");
}

const char* input_types(const List* types) {
  StringInfoData text;
  initStringInfo(&text);
  ListCell* cell;
  foreach (cell, types) {
    const auto* const node = static_cast<const Node*>(lfirst(cell));
    const auto* type = reinterpret_cast<const TypeName*>(node);
    if (IsA(node, FunctionParameter)) {
      const auto* const parameter = reinterpret_cast<const FunctionParameter*>(node);
      if (parameter->mode == FUNC_PARAM_OUT || parameter->mode == FUNC_PARAM_TABLE) continue;
      type = parameter->argType;
    }
    if (text.len > 0) appendStringInfoString(&text, ", ");
    append_type(&text, type);
  }
  return text.data;
}

void add(Subjects& out, bool made, const List* name, const char* arguments) {
  const int count = list_length(name);
  require(count == 1 || count == 2, "It has a name of more than two parts");
  add(out, NameSpace::routine, made, count == 2 ? strVal(linitial(name)) : nullptr,
      strVal(llast(name)), arguments);
}

}  // namespace

void add(Subjects& out, NameSpace space, bool made, const char* schema, const char* name) {
  add(out, space, made, schema, name, nullptr);
}

void add_routine(Subjects& out, bool made, const List* name, const List* types) {
  add(out, made, name, input_types(types));
}

void add_any_routine(Subjects& out, bool made, const List* name) {
  add(out, made, name, job::kAnyArguments);
}

void add(Subjects& out, bool made, const RangeVar* relation) {
  require(relation->catalogname == nullptr, "It names another database");
  require(relation->relpersistence != RELPERSISTENCE_TEMP, "It is about a temporary relation");
  add(out, NameSpace::relation, made, relation->schemaname, relation->relname);
}

// The first `count` parts of a list of strings.
void add(Subjects& out, NameSpace space, bool made, const List* name, int count) {
  require(count == 1 || count == 2, "It has a name of more than two parts");
  add(out, space, made, count == 2 ? strVal(linitial(name)) : nullptr,
      strVal(list_nth(name, count - 1)));
}

void add(Subjects& out, NameSpace space, bool made, const List* name) {
  add(out, space, made, name, list_length(name));
}

void add_schema(Subjects& out, bool made, const char* name) {
  add(out, NameSpace::schema, made, name, nullptr);
}

bool is_relation(ObjectType type) {
  switch (type) {
    case OBJECT_TABLE:
    case OBJECT_INDEX:
    case OBJECT_SEQUENCE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
      return true;
    default:
      return false;
  }
}

void add_type(Subjects& out, const TypeName* type) {
  add(out, NameSpace::relation, kChanged, type->names);
}

namespace {

void add_named_routine(Subjects& out, const ObjectWithArgs* routine) {
  require(!routine->args_unspecified, "It names a routine without its arguments");
  add_routine(out, kChanged, routine->objname, routine->objargs);
}

}  // namespace

void add_object(Subjects& out, ObjectType type, Node* object) {
  switch (type) {
    case OBJECT_SCHEMA:
      return add_schema(out, kChanged, strVal(object));
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
      if (IsA(object, TypeName)) return add_type(out, castNode(TypeName, object));
      return add(out, NameSpace::relation, kChanged, castNode(List, object));
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
    case OBJECT_AGGREGATE:
      return add_named_routine(out, castNode(ObjectWithArgs, object));
    case OBJECT_OPERATOR:
      return add(out, NameSpace::other, kChanged, castNode(ObjectWithArgs, object)->objname);
    case OBJECT_DOMCONSTRAINT:
      return add_type(out, linitial_node(TypeName, castNode(List, object)));
    case OBJECT_CAST:
    case OBJECT_TRANSFORM:
      return;  // known by types that need not be the clone's; no more than a comment
    case OBJECT_COLUMN:
    case OBJECT_TABCONSTRAINT:
    case OBJECT_POLICY:
    case OBJECT_RULE:
    case OBJECT_TRIGGER: {
      const List* const name = castNode(List, object);
      return add(out, NameSpace::relation, kChanged, name, list_length(name) - 1);
    }
    case OBJECT_OPCLASS:
    case OBJECT_OPFAMILY:  // the access method comes first
      return add(out, NameSpace::other, kChanged, list_copy_tail(castNode(List, object), 1));
    case OBJECT_COLLATION:
    case OBJECT_CONVERSION:
    case OBJECT_STATISTIC_EXT:
    case OBJECT_TSCONFIGURATION:
    case OBJECT_TSDICTIONARY:
    case OBJECT_TSPARSER:
    case OBJECT_TSTEMPLATE:
      return add(out, NameSpace::other, kChanged, castNode(List, object));
    default:
      require(is_relation(type), "It is about an object that no clone makes");
      if (IsA(object, RangeVar)) return add(out, kChanged, castNode(RangeVar, object));
      return add(out, NameSpace::relation, kChanged, castNode(List, object));
  }
}

}  // namespace pgclone::session
