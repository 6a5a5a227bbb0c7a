// Functions of a relation's rows, and views that need one another or themselves.
#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

Relation* pick_relation(Builder& b) {
  return b.relations.empty() ? nullptr : &b.random.pick(b.relations);
}

// Takes no more columns, nor gets any from above.
void fix_columns(Builder& b, Relation& relation) {
  relation.fixed = true;
  for (Relation& other : b.relations) {
    if (other.name == relation.partition_of) fix_columns(b, other);
  }
}

// Its rows become values: of columns, of composites.
void make_row_type(Builder& b) {
  Relation* const relation = pick_relation(b);
  if (relation == nullptr || relation->form != Form::table || relation->in_tree) return;
  if (relation->columns.empty()) return;
  // A value with as many fields as there are now must stay one.
  relation->fixed = true;
  std::vector<Type> members;
  for (const Column& column : relation->columns) {
    // Its type in a row is the domain itself, which is checked again.
    members.push_back(column.type);
  }
  b.keep_type(composite_of(relation->name, members));
}

}  // namespace

void make_row_function(Builder& b) {
  if (b.random.chance(30)) return make_row_type(b);
  Relation* const relation = pick_relation(b);
  if (relation == nullptr) return;
  const Name name = b.fresh();
  if (b.random.chance(40)) {
    // The view's text lists the columns that the function's rows had when it was made, after a
    // restore from pg_dump as well: they had better be all.
    fix_columns(b, *relation);
    b.add({"CREATE FUNCTION ", name.full, "() RETURNS SETOF ", relation->name,
           " STABLE LANGUAGE sql BEGIN ATOMIC SELECT * FROM ", relation->name, "; END"});
    b.made("FUNCTION", text({name.full, "()"}));
    if (relation->columns.empty()) return;
    const Name view = b.fresh();
    b.add({"CREATE VIEW ", view.full, " AS SELECT * FROM ", name.full, "()"});
    return b.made("VIEW", view.full);
  }
  b.add({"CREATE FUNCTION ", name.full, "(", relation->name,
         ") RETURNS integer IMMUTABLE LANGUAGE sql AS 'SELECT length($1::text)'"});
  b.made("FUNCTION", text({name.full, "(", relation->name, ")"}));
  const Name view = b.fresh();
  b.add({"CREATE VIEW ", view.full, " AS SELECT ", name.full, "(r) AS ", b.fresh_quoted(), " FROM ",
         relation->name, " r"});
  b.made("VIEW", view.full);
}

// Nothing can read them, but they are there.
void make_view_ring(Builder& b) {
  const Name first = b.fresh();
  const Name second = b.fresh();
  const std::string column = b.fresh_quoted();
  const Type& type = b.any_type();
  const std::string value = text({"SELECT ", type.value(b.random), " AS ", column});
  b.add({"CREATE VIEW ", first.full, " AS ", value});
  b.add({"CREATE VIEW ", second.full, " AS SELECT ", column, " FROM ", first.full});
  b.add({"CREATE OR REPLACE VIEW ", first.full, " AS SELECT ", column, " FROM ", second.full});
  b.made("VIEW", first.full);
  b.made("VIEW", second.full);
}

void make_recursive_view(Builder& b) {
  const Name name = b.fresh();
  const std::string column = b.fresh_quoted();
  b.add({"CREATE RECURSIVE VIEW ", name.full, " (", column, ") AS VALUES (1) UNION ALL SELECT ",
         column, " + 1 FROM ", name.quoted, " WHERE ", column, " < ",
         b.expression(b.type_named("smallint"))});
  b.made("VIEW", name.full);
}

}  // namespace pgclone::test::random_schema
