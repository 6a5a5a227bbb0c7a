#include "target_catalog.hpp"

#include "row.hpp"

namespace pgclone::table {

namespace {

std::set<std::string> first_column(const Result& result) {
  std::set<std::string> values;
  for (std::size_t i = 0; i < result.rows(); ++i) values.insert(Row(result, i).text());
  return values;
}

std::set<std::string> missing(Session& target, const std::set<std::string>& names,
                              std::string_view lookup) {
  if (names.empty()) return {};
  const std::string array = sql::text_array(names);
  const Param params[] = {array};
  return first_column(target.query(
      "SELECT name FROM pg_catalog.unnest($1::pg_catalog.text[]) name WHERE pg_catalog." +
          std::string(lookup) + "(name) IS NULL",
      params));
}

}  // namespace

std::set<std::string> missing_types(Session& target, const std::set<std::string>& types) {
  return missing(target, types, "to_regtype");
}

std::set<std::string> missing_functions(Session& target, const std::set<std::string>& functions) {
  return missing(target, functions, "to_regprocedure");
}

std::vector<std::size_t> missing_needs(Session& target, std::string_view schema,
                                       const std::vector<Need>& needs) {
  std::vector<std::size_t> missing;
  if (needs.empty()) return missing;
  std::vector<Oid> classes;
  std::vector<std::string_view> signatures;
  for (const Need& need : needs) {
    classes.push_back(need.object.classid);
    signatures.push_back(need.signature);
  }
  const std::string class_array = oid_array(classes);
  const std::string signature_array = sql::text_array(signatures);
  const Param params[] = {class_array, signature_array, schema};
  const Result& result = target.query(R"sql(
SELECT w.n
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[]))
     WITH ORDINALITY AS w (classid, name, n)
LEFT JOIN pg_catalog.pg_namespace s ON s.nspname = $3::pg_catalog.text
WHERE CASE w.classid
  WHEN 1255 THEN pg_catalog.to_regprocedure(w.name) IS NULL
  WHEN 2617 THEN pg_catalog.to_regoperator(w.name) IS NULL
  WHEN 1247 THEN pg_catalog.to_regtype(w.name) IS NULL
  WHEN 1259 THEN pg_catalog.to_regclass(w.name) IS NULL
  WHEN 1260 THEN pg_catalog.to_regrole(w.name) IS NULL
  WHEN 3456 THEN pg_catalog.to_regcollation(w.name) IS NULL
  WHEN 2616 THEN NOT EXISTS (SELECT FROM pg_catalog.pg_opclass o
    WHERE o.opcnamespace = s.oid AND o.opcname = w.name)
  WHEN 3602 THEN NOT EXISTS (SELECT FROM pg_catalog.pg_ts_config o
    WHERE o.cfgnamespace = s.oid AND o.cfgname = w.name)
  ELSE NOT EXISTS (SELECT FROM pg_catalog.pg_ts_dict o
    WHERE o.dictnamespace = s.oid AND o.dictname = w.name) END
ORDER BY w.n)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    missing.push_back(static_cast<std::size_t>(result.integer(i, 0, 1)) - 1);
  }
  return missing;
}

std::set<RelationName> existing_relations(Session& target,
                                          const std::set<RelationName>& relations) {
  std::set<RelationName> found;
  if (relations.empty()) return found;
  std::vector<std::string_view> schemas;
  std::vector<std::string_view> names;
  for (const auto& [schema, name] : relations) {
    schemas.push_back(schema);
    names.push_back(name);
  }
  const std::string schema_array = sql::text_array(schemas);
  const std::string name_array = sql::text_array(names);
  const Param params[] = {schema_array, name_array};
  const Result& result = target.query(R"sql(
SELECT n.nspname, c.relname
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
     AS w (schema, name)
JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = w.name)sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    std::string schema = row.text();
    found.emplace(std::move(schema), row.text());
  }
  return found;
}

std::string server_encoding(Session& server) {
  return std::string(server.query("SELECT pg_catalog.getdatabaseencoding()").text(0, 0));
}

std::set<std::string> relation_names(Session& target, std::string_view schema,
                                     std::string_view except_table) {
  const Param params[] = {schema, except_table};
  return first_column(target.query(R"sql(
SELECT c.relname
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = $1::pg_catalog.text
  AND NOT EXISTS (
    SELECT 1 FROM pg_catalog.pg_class t
    WHERE t.relnamespace = n.oid AND t.relname = $2::pg_catalog.text
      AND (EXISTS (SELECT 1 FROM pg_catalog.pg_index i WHERE i.indexrelid = c.oid AND i.indrelid = t.oid)
        OR EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
                   WHERE c.relkind = 'S' AND d.classid = 1259 AND d.objid = c.oid
                     AND d.refclassid = 1259 AND d.refobjid = t.oid AND d.deptype IN ('a', 'i')))))sql",
                                   params));
}

std::set<std::string> statistics_names(Session& target, std::string_view schema,
                                       std::string_view except_table) {
  const Param params[] = {schema, except_table};
  return first_column(target.query(R"sql(
SELECT s.stxname
FROM pg_catalog.pg_statistic_ext s
JOIN pg_catalog.pg_namespace n ON n.oid = s.stxnamespace
JOIN pg_catalog.pg_class t ON t.oid = s.stxrelid
WHERE n.nspname = $1::pg_catalog.text
  AND (t.relnamespace <> n.oid OR t.relname <> $2::pg_catalog.text))sql",
                                   params));
}

}  // namespace pgclone::table
