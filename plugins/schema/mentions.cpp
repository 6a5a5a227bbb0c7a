// That says only what comes first: a name that is mistaken for another costs nothing but a little
// freedom.
#include "mentions.hpp"

#include "scope.hpp"

namespace pgclone::schema {

namespace {

// Words are looked up by hash; only names that are no words are searched for. A body of the SQL
// standard's form has no text.
std::string mentions_sql(const std::string& schema) {
  return R"(
WITH body AS MATERIALIZED (
  SELECT p.oid, pg_catalog.lower(p.prosrc) AS text FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
  WHERE p.pronamespace = )" +
         schema + R"( AND l.lanname NOT IN ('c', 'internal')),
named AS MATERIALIZED (
  SELECT 1255::pg_catalog.oid AS classid, oid, pg_catalog.lower(proname) AS name
  FROM pg_catalog.pg_proc WHERE pronamespace = )" +
         schema + R"(
  UNION ALL SELECT 1247, t.oid, pg_catalog.lower(t.typname) FROM pg_catalog.pg_type t
  LEFT JOIN pg_catalog.pg_class c ON c.oid = t.typrelid
  WHERE t.typnamespace = )" +
         schema + R"( AND t.typcategory <> 'A' AND coalesce(c.relkind, 'c') = 'c'
  UNION ALL SELECT 1259, oid, pg_catalog.lower(relname) FROM pg_catalog.pg_class
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND relnamespace = )" +
         schema + R"(),
word AS MATERIALIZED (
  SELECT DISTINCT b.oid, w.word
  FROM body b, pg_catalog.regexp_split_to_table(b.text, '\W+') AS w(word))
SELECT w.oid, n.classid, n.oid FROM word w JOIN named n ON n.name = w.word
UNION SELECT b.oid, n.classid, n.oid FROM named n JOIN body b
  ON pg_catalog.strpos(b.text, pg_catalog.replace(n.name, '"', '""')) > 0
WHERE n.name ~ '\W')";
}

// What runs functions as rows come, and of what it is a part: domains by their checks; tables
// themselves, by their defaults and indexes.
std::string callers_sql(const std::string& schema) {
  const std::string tables =
      " IN (SELECT oid FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p')"
      " AND relnamespace = " +
      schema + ")";
  return "SELECT 1259::pg_catalog.oid, oid, 1259::pg_catalog.oid, oid FROM pg_catalog.pg_class"
         " WHERE oid" +
         tables + " UNION ALL SELECT 1259, indexrelid, 1259, indrelid FROM pg_catalog.pg_index" +
         " WHERE indrelid" + tables +
         " UNION ALL SELECT 2604, oid, 1259, adrelid FROM pg_catalog.pg_attrdef WHERE adrelid" +
         tables +
         " UNION ALL SELECT 2606, oid, 1247, contypid FROM pg_catalog.pg_constraint"
         " WHERE contypid <> 0 AND connamespace = " +
         schema;
}

ObjectIdSet closure(const std::vector<ObjectId>& routines, const Mentions& mentions) {
  ObjectIdSet found;
  std::vector<ObjectId> open = routines;
  while (!open.empty()) {
    const auto next = mentions.find(open.back());
    open.pop_back();
    if (next == mentions.end()) continue;
    for (const ObjectId& object : next->second)
      if (found.insert(object).second) open.push_back(object);
  }
  return found;
}

}  // namespace

Mentions read_mentions(const Scope& scope) {
  Mentions mentions;
  for (const Row& row : scope.read(mentions_sql(scope.schema_oid)))
    mentions[{catalog::kProc, row.oid(0)}].push_back({row.oid(1), row.oid(2)});
  return mentions;
}

void add_mentions(Scope& scope, const Mentions& mentions) {
  if (mentions.empty()) return;
  ObjectIdSet speakers;
  for (const auto& [routine, unused] : mentions) speakers.insert(routine);
  ObjectIdSet tables;
  ObjectIdSet wholes;
  std::vector<std::pair<ObjectId, ObjectId>> callers;
  for (const Row& row : scope.read(callers_sql(scope.schema_oid))) {
    const ObjectId whole{row.oid(2), row.oid(3)};
    callers.push_back({{row.oid(0), row.oid(1)}, whole});
    wholes.insert(whole);
    if (whole.classid == catalog::kClass) tables.insert(whole);
  }
  // What needs a table itself may need this one, and what needs a domain this domain; then there is
  // no such order.
  const ObjectIdSet after_tables = scope.dependencies.with_dependants(tables);
  const ObjectIdSet after_all = scope.dependencies.with_dependants(wholes);
  for (const auto& [caller, whole] : callers) {
    const bool of_domain = caller.classid == catalog::kConstraint;
    const ObjectIdSet& late = of_domain ? after_all : after_tables;
    const ObjectIdSet named = closure(scope.dependencies.nearest_needs(caller, speakers), mentions);
    // Where something needs the domain already, the server may refuse to add a check to it.
    const ObjectIdSet never =
        of_domain && !named.empty() ? scope.dependencies.with_dependants({whole}) : ObjectIdSet();
    for (const ObjectId& object : named) {
      if (never.contains(object)) continue;
      if (late.contains(object))
        scope.context.plan().prefer(caller, object);
      else
        scope.context.plan().depend(caller, object);
    }
  }
}

}  // namespace pgclone::schema
