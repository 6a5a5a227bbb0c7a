#include "conflict/existing.hpp"

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/routine.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::conflict {
namespace {

// Relations and the types that stand for themselves share one name space. A routine or an operator
// collides by its name and the types of its arguments (of those that go in), compared as text,
// since a type among them may not exist here yet; anything else by its name within its catalog.
std::string find_existing_sql() {
  return R"sql(
WITH want AS (
  SELECT w.*, n.oid AS nsp
  FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]),
                  pg_catalog.unnest($3::text[]), pg_catalog.unnest($4::text[]))
       WITH ORDINALITY AS w(kind, schema, name, args, n)
  JOIN pg_catalog.pg_namespace n ON n.nspname = w.schema
), named AS (
  SELECT w.*, 'relation' AS class FROM want w
  WHERE w.kind IN ('TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'SEQUENCE', 'INDEX', 'TYPE', 'DOMAIN')
)
SELECT w.n, 1259::oid, c.oid,
       CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
            WHEN 'i' THEN 'INDEX' WHEN 'I' THEN 'INDEX' WHEN 'f' THEN 'FOREIGN TABLE'
            WHEN 'c' THEN 'TYPE' WHEN 'r' THEN 'TABLE' WHEN 'p' THEN 'TABLE' END,
       w.schema, c.relname, '',
       COALESCE(i.indrelid, d.refobjid, 0)
FROM named w
JOIN pg_catalog.pg_class c ON c.relnamespace = w.nsp AND c.relname = w.name
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_depend d ON c.relkind = 'S' AND d.classid = 1259 AND d.objid = c.oid
     AND d.refclassid = 1259 AND d.deptype IN ('a', 'i')
UNION ALL
SELECT w.n, 1247, t.oid, CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, w.schema, t.typname, '', 0
FROM named w
JOIN pg_catalog.pg_type t ON t.typnamespace = w.nsp AND t.typname = w.name AND t.typrelid = 0
WHERE w.kind NOT IN ('INDEX', 'SEQUENCE')
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_type e WHERE e.typarray = t.oid)
UNION ALL
SELECT w.n, 1255, p.oid,
       CASE p.prokind WHEN 'p' THEN 'PROCEDURE' WHEN 'a' THEN 'AGGREGATE' ELSE 'FUNCTION' END,
       w.schema, p.proname, CASE p.prokind WHEN 'p' THEN )sql" +
         std::string(sql::kRoutineArguments) + R"sql( ELSE w.args END, 0
FROM want w
JOIN pg_catalog.pg_proc p ON p.pronamespace = w.nsp AND p.proname = w.name
CROSS JOIN LATERAL (
  SELECT pg_catalog.array_to_string(ARRAY(
    SELECT pg_catalog.format_type(a.t, NULL)
    FROM pg_catalog.unnest(p.proargtypes) WITH ORDINALITY AS a(t, o) ORDER BY a.o), ', ')) AS types(list)
WHERE w.kind IN ('FUNCTION', 'PROCEDURE', 'AGGREGATE')
  AND w.args IN ('(' || types.list || ')', CASE p.pronargs WHEN 0 THEN '(*)' ELSE NULL END)
UNION ALL
SELECT w.n, 2617, o.oid, w.kind, w.schema, o.oprname, w.args, 0
FROM want w
JOIN pg_catalog.pg_operator o ON o.oprnamespace = w.nsp AND o.oprname = w.name
WHERE w.kind = 'OPERATOR'
  AND w.args = '(' || CASE o.oprleft WHEN 0 THEN 'NONE' ELSE pg_catalog.format_type(o.oprleft, NULL) END
               || ', ' || pg_catalog.format_type(o.oprright, NULL) || ')'
UNION ALL
SELECT w.n, x.classid, x.oid, w.kind, w.schema, x.name, w.args, 0
FROM want w
JOIN (SELECT 'COLLATION' AS kind, 3456 AS classid, oid, collname AS name, collnamespace AS nsp FROM pg_catalog.pg_collation
      UNION ALL SELECT 'CONVERSION', 2607, oid, conname, connamespace FROM pg_catalog.pg_conversion
      UNION ALL SELECT 'STATISTICS', 3381, oid, stxname, stxnamespace FROM pg_catalog.pg_statistic_ext
      UNION ALL SELECT 'OPERATOR CLASS', 2616, oid, opcname, opcnamespace FROM pg_catalog.pg_opclass
      UNION ALL SELECT 'OPERATOR FAMILY', 2753, oid, opfname, opfnamespace FROM pg_catalog.pg_opfamily
      UNION ALL SELECT 'TEXT SEARCH CONFIGURATION', 3602, oid, cfgname, cfgnamespace FROM pg_catalog.pg_ts_config
      UNION ALL SELECT 'TEXT SEARCH DICTIONARY', 3600, oid, dictname, dictnamespace FROM pg_catalog.pg_ts_dict
      UNION ALL SELECT 'TEXT SEARCH PARSER', 3601, oid, prsname, prsnamespace FROM pg_catalog.pg_ts_parser
      UNION ALL SELECT 'TEXT SEARCH TEMPLATE', 3764, oid, tmplname, tmplnamespace FROM pg_catalog.pg_ts_template
     ) x ON x.kind = w.kind AND x.nsp = w.nsp AND x.name = w.name)sql";
}

constexpr std::string_view kParts = R"sql(
SELECT x.classid, x.oid, x.kind, n.nspname, c.relname, x.owner
FROM (SELECT 1259 AS classid, i.indexrelid AS oid, 'INDEX' AS kind, i.indrelid AS owner
      FROM pg_catalog.pg_index i WHERE i.indrelid = ANY ($1::oid[])
      UNION ALL
      SELECT 1259, d.objid, 'SEQUENCE', d.refobjid
      FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class s ON s.oid = d.objid AND s.relkind = 'S'
      WHERE d.classid = 1259 AND d.refclassid = 1259 AND d.deptype IN ('a', 'i')
        AND d.refobjid = ANY ($1::oid[])) x
JOIN pg_catalog.pg_class c ON c.oid = x.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
ORDER BY x.owner, x.kind, c.relname)sql";

// First what would go without being asked (indexes, constraints, row types, owned sequences), then
// who else leans on any of that. Relations are never taken along silently: a partition of a dropped
// parent is a dependant, too. A rule, default, constraint, trigger or policy stands for its owner.
constexpr std::string_view kOutsideDependants = R"sql(
WITH RECURSIVE closure(classid, objid, root) AS (
  SELECT s.classid, s.objid, s.objid
  FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::oid[])) AS s(classid, objid)
  UNION
  SELECT d.classid, d.objid, c.root
  FROM closure c
  JOIN pg_catalog.pg_depend d ON d.refclassid = c.classid AND d.refobjid = c.objid
  WHERE d.deptype IN ('a', 'i', 'P', 'S')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_class r
                    WHERE d.classid = 1259 AND r.oid = d.objid AND r.relkind IN ('r', 'p', 'f', 'v', 'm'))
)
SELECT DISTINCT c.root,
       CASE WHEN w.oid IS NOT NULL THEN pg_catalog.pg_describe_object(1259, w.ev_class, 0)
            ELSE pg_catalog.pg_describe_object(d.classid, d.objid, 0) END
FROM closure c
JOIN pg_catalog.pg_depend d ON d.refclassid = c.classid AND d.refobjid = c.objid
LEFT JOIN pg_catalog.pg_rewrite w ON d.classid = 2618 AND w.oid = d.objid
LEFT JOIN pg_catalog.pg_attrdef a ON d.classid = 2604 AND a.oid = d.objid
LEFT JOIN pg_catalog.pg_constraint k ON d.classid = 2606 AND k.oid = d.objid
LEFT JOIN pg_catalog.pg_trigger t ON d.classid = 2620 AND t.oid = d.objid
LEFT JOIN pg_catalog.pg_policy p ON d.classid = 3256 AND p.oid = d.objid
WHERE NOT EXISTS (SELECT FROM closure i WHERE i.classid = d.classid AND i.objid = d.objid)
  AND NOT COALESCE(w.ev_class, a.adrelid, NULLIF(k.conrelid, 0), t.tgrelid, p.polrelid, d.objid)
          = ANY ($2::oid[])
ORDER BY 1, 2)sql";

// Adds an argument as kRoutineArguments prints it, if it goes in.
void add_argument_in(std::string_view argument, std::string& list) {
  for (const std::string_view mode : {"IN ", "INOUT ", "VARIADIC "}) {
    if (!argument.starts_with(mode)) continue;
    list += (list.empty() ? "" : ", ") + std::string(argument.substr(mode.size()));
    return;
  }
}

// (IN integer, OUT text, INOUT "a, b") → (integer, "a, b")
std::string arguments_in(std::string_view text) {
  std::string list;
  bool quoted = false;
  std::size_t start = 1;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') quoted = !quoted;
    if (quoted || (text[at] != ',' && at + 1 < text.size())) continue;
    add_argument_in(text.substr(start, at - start), list);
    start = at + 2;
  }
  return "(" + list + ")";
}

[[noreturn]] void refuse_unknown(std::string_view schema, std::string_view name) {
  throw Error(sqlstate::kFeatureNotSupported, "relation " + sql::qualified(schema, name) +
                                                  " is in the way on the target, and of a kind "
                                                  "that this pgclone does not know")
      .with_detail("So nothing can be decided about it.")
      .with_hint(
          "Rename or drop it, clone into another schema with \"target_schema\", or install a newer "
          "pgclone.");
}

}  // namespace

std::vector<Collision> find_existing(Session& target, const std::vector<plan::OwnedName>& wanted) {
  std::vector<std::string> kinds, schemas, names, arguments;
  for (const auto& name : wanted) {
    kinds.push_back(name.kind);
    schemas.push_back(name.schema);
    names.push_back(name.name);
    arguments.push_back(name.kind == "PROCEDURE" ? arguments_in(name.arguments) : name.arguments);
  }
  const std::string texts[] = {sql::text_array(kinds), sql::text_array(schemas),
                               sql::text_array(names), sql::text_array(arguments)};
  const Param params[] = {texts[0], texts[1], texts[2], texts[3]};
  const Result& rows = target.query(
      "SELECT f.*, (pg_catalog.pg_identify_object(f.classid, f.objid, 0)).identity FROM (" +
          find_existing_sql() +
          ") f(n, classid, objid, kind, schema, name, args, owner) ORDER BY f.n",
      params);
  std::vector<Collision> found;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    if (rows.is_null(row, 3)) refuse_unknown(rows.text(row, 4), rows.text(row, 5));
    Collision& hit = found.emplace_back();
    hit.wanted = static_cast<std::size_t>(rows.integer(row, 0, 1)) - 1;
    hit.existing.id = {rows.oid(row, 1), rows.oid(row, 2)};
    hit.existing.name = plan::OwnedName(
        {rows.text(row, 3), rows.text(row, 4), rows.text(row, 5), rows.text(row, 6)});
    hit.existing.owner = rows.oid(row, 7);
    hit.existing.identity = rows.text(row, 8);
  }
  return found;
}

std::vector<ExistingObject> parts_of(Session& target, const std::vector<std::uint32_t>& relations) {
  std::vector<std::string> oids;
  for (const auto relation : relations) oids.push_back(std::to_string(relation));
  const std::string array = sql::text_array(oids);
  const Param params[] = {array};
  const Result& rows = target.query(kParts, params);
  std::vector<ExistingObject> parts;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    parts.push_back({{rows.oid(row, 0), rows.oid(row, 1)},
                     plan::OwnedName({rows.text(row, 2), rows.text(row, 3), rows.text(row, 4)}),
                     rows.oid(row, 5)});
  return parts;
}

std::vector<Dependant> outside_dependants(Session& target, const std::vector<ObjectId>& set) {
  std::vector<std::string> classes, objects;
  for (const auto& id : set) {
    classes.push_back(std::to_string(id.classid));
    objects.push_back(std::to_string(id.objid));
  }
  const std::string class_array = sql::text_array(classes);
  const std::string object_array = sql::text_array(objects);
  const Param params[] = {class_array, object_array};
  const Result& rows = target.query(kOutsideDependants, params);
  std::vector<Dependant> dependants;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    dependants.push_back({rows.oid(row, 0), std::string(rows.text(row, 1))});
  return dependants;
}

}  // namespace pgclone::conflict
