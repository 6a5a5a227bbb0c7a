// Foreign keys of other schemas that reference this one. Where two schemas reference each other,
// the clone of the first leaves its keys to the second out ("outside": "leave_out"); the clone of
// the second adds them, once all rows are there.
#include <map>

#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

struct OutsideKey {
  std::uint32_t oid = 0;
  std::string schema;
  std::string table;
  std::string name;
  std::string referenced;
  std::string columns;
  std::string referenced_columns;
  std::string delete_columns;  // of ON DELETE SET NULL (…)
  std::string options;
  bool valid = true;
  bool partitioned = false;
  [[nodiscard]] std::string label() const { return sql::qualified(schema, table); }
};

std::string action(std::string_view event, std::string_view letter, const std::string& columns) {
  const std::string on = " ON " + std::string(event) + " ";
  if (letter == "r") return on + "RESTRICT";
  if (letter == "c") return on + "CASCADE";
  if (letter == "n") return on + "SET NULL" + (columns.empty() ? "" : " (" + columns + ")");
  if (letter == "d") return on + "SET DEFAULT" + (columns.empty() ? "" : " (" + columns + ")");
  return "";
}

void append(std::string& list, const std::string& name) {
  list += (list.empty() ? "" : ", ") + sql::identifier(name);
}

// A row per pair of columns.
std::vector<OutsideKey> read_keys(const Scope& scope) {
  std::vector<OutsideKey> keys;
  for (const Row& row : scope.read(
           "SELECT k.oid, n.nspname, c.relname, k.conname, r.relname, a.attname, b.attname,"
           " k.confmatchtype = 'f', k.confupdtype, k.confdeltype, k.condeferrable, k.condeferred,"
           " k.convalidated, c.relkind = 'p', coalesce(pg_catalog.to_jsonb(k) -> 'confdelsetcols'"
           " OPERATOR(pg_catalog.@>) pg_catalog.to_jsonb(a.attnum), false)"
           " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class r ON r.oid = k.confrelid"
           " JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
           " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
           " CROSS JOIN LATERAL ROWS FROM (pg_catalog.unnest(k.conkey),"
           " pg_catalog.unnest(k.confkey)) WITH ORDINALITY p (own, other, place)"
           " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.own"
           " JOIN pg_catalog.pg_attribute b ON b.attrelid = r.oid AND b.attnum = p.other"
           " WHERE k.contype = 'f' AND k.conparentid = 0 AND r.relnamespace = " +
           scope.schema_oid + " AND c.relnamespace <> " + scope.schema_oid +
           " ORDER BY n.nspname, c.relname, k.conname, k.oid, p.place")) {
    if (keys.empty() || keys.back().oid != row.oid(0)) {
      OutsideKey& key = keys.emplace_back();
      key.oid = row.oid(0);
      key.schema = row.text(1);
      key.table = row.text(2);
      key.name = row.text(3);
      key.referenced = row.text(4);
      key.valid = row.boolean(12);
      key.partitioned = row.boolean(13);
    }
    OutsideKey& key = keys.back();
    append(key.columns, row.text(5));
    append(key.referenced_columns, row.text(6));
    if (row.boolean(14)) append(key.delete_columns, row.text(5));
    key.options =
        (row.boolean(7) ? std::string(" MATCH FULL") : "") + action("UPDATE", row.text(8), "") +
        action("DELETE", row.text(9), key.delete_columns) + (row.boolean(10) ? " DEFERRABLE" : "") +
        (row.boolean(11) ? " INITIALLY DEFERRED" : "");
  }
  return keys;
}

// Numbers of the keys whose table the target has without them; and whether they may be added.
std::map<std::size_t, bool> missing_keys(Session& target, const std::vector<OutsideKey>& keys) {
  std::vector<std::string> schemas, tables, names;
  for (const OutsideKey& key : keys) {
    schemas.push_back(key.schema);
    tables.push_back(key.table);
    names.push_back(key.name);
  }
  const std::string arrays[] = {sql::text_array(schemas), sql::text_array(tables),
                                sql::text_array(names)};
  const Param params[] = {arrays[0], arrays[1], arrays[2]};
  std::map<std::size_t, bool> missing;
  for (const Row& row :
       read(target,
            "SELECT w.n, pg_catalog.pg_has_role(c.relowner, 'USAGE')"
            " FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]),"
            " pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]))"
            " WITH ORDINALITY w (schema, name, key, n)"
            " JOIN pg_catalog.pg_namespace s ON s.nspname = w.schema"
            " JOIN pg_catalog.pg_class c ON c.relnamespace = s.oid AND c.relname = w.name"
            " AND c.relkind IN ('r', 'p') WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k"
            " WHERE k.conrelid = c.oid AND k.conname = w.key)",
            params))
    missing.emplace(row.count(0) - 1, row.boolean(1));
  return missing;
}

void add_key(Scope& scope, const OutsideKey& key) {
  const std::string name = sql::identifier(key.name);
  const std::string alter =
      "ALTER TABLE " + std::string(key.partitioned ? "" : "ONLY ") + key.label();
  Step step;
  step.label = key.label();
  step.group = "foreign key " + name + " on " + step.label;
  step.key = step.group;
  step.kind = "foreign key";
  step.phase = Phase::finish;
  step.after = Milestone::loaded;
  // The server has no NOT VALID foreign keys of partitioned tables.
  step.statements.push_back(alter + " ADD CONSTRAINT " + name + " FOREIGN KEY (" + key.columns +
                            ") REFERENCES " + scope.qualified(key.referenced) + " (" +
                            key.referenced_columns + ")" + key.options +
                            (key.partitioned ? "" : " NOT VALID"));
  if (key.valid && !key.partitioned)
    step.statements.push_back(alter + " VALIDATE CONSTRAINT " + name);
  step.provides = {{catalog::kConstraint, key.oid}};
  add_step(scope.context.plan(), scope.target_schema, step);
}

}  // namespace

void add_outside_keys(Scope& scope) {
  if (scope.context.options().text("outside") != "leave_out" || !scope.option("constraints") ||
      scope.target_schema != scope.source_schema)
    return;
  std::vector<OutsideKey> keys = read_keys(scope);
  if (keys.empty()) return;
  std::string foreign;
  for (const auto& [number, allowed] : missing_keys(scope.context.target(), keys)) {
    const OutsideKey& key = keys.at(number);
    if (allowed) {
      add_key(scope, key);
    } else {
      foreign += (foreign.empty() ? "" : "\n") + ("foreign key " + sql::identifier(key.name)) +
                 " of table " + key.label();
    }
  }
  if (!foreign.empty())
    scope.context.report(Severity::warning, "foreign keys of other schemas are not added", foreign,
                         "Only the owners of their tables can add them.");
}

}  // namespace pgclone::schema
