#include "support/compare.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <vector>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::test {

namespace {

Rows relations(Sql& sql, std::string_view schema, std::string_view kinds) {
  return sql.rows(
      "SELECT c.relname, c.relkind = 'm' AND NOT c.relispopulated FROM pg_catalog.pg_class c"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = " +
      sql::literal(schema) + " AND c.relkind IN (" + std::string(kinds) + ")");
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace

std::string dump_schema(const Cluster& cluster, std::string_view dbname, std::string_view schema,
                        Rights rights) {
  // A quoted pattern: in -n, even a dot or a star would have a meaning.
  std::vector<std::string> argv = {"pg_dump", "--schema-only",
                                   "-n",      sql::identifier(schema),
                                   "-d",      "dbname=" + conninfo_value(dbname)};
  if (rights == Rights::without) argv.insert(argv.end(), {"--no-owner", "--no-privileges"});
  std::istringstream dump(cluster.run_tool(argv));
  std::string out;
  for (std::string line; std::getline(dump, line);) {
    if (line.starts_with("-- Dumped") || line.starts_with("\\restrict") ||
        line.starts_with("\\unrestrict")) {
      continue;
    }
    out += line;
    out += '\n';
  }
  return out;
}

std::string line_difference(const std::string& source, const std::string& target) {
  if (source == target) return "";
  const std::vector<std::string> a = sorted_lines(source);
  const std::vector<std::string> b = sorted_lines(target);
  std::string out;
  const auto tell = [&out](const auto& one, const auto& other, const char* where) {
    std::vector<std::string> left;
    std::set_difference(one.begin(), one.end(), other.begin(), other.end(),
                        std::back_inserter(left));
    for (const std::string& line : left) out += where + line + "\n";
  };
  tell(a, b, "only on the source: ");
  tell(b, a, "only on the target: ");
  return out.empty() ? "the order of the lines differs\n" : out;
}

std::map<std::string, std::string> table_checksums(Sql& sql, std::string_view schema) {
  std::map<std::string, std::string> out;
  for (const auto& relation : relations(sql, schema, "'r', 'm'")) {
    const std::string& name = relation[0].value();
    out[name] = relation[1] == "t"
                    ? "unpopulated"
                    : sql.value(
                          "SELECT pg_catalog.count(*) || ':' || coalesce(pg_catalog.sum("
                          "pg_catalog.hashtextextended(ROW(x.*)::text, 0)), 0) FROM ONLY " +
                          sql::qualified(schema, name) + " AS x");
  }
  return out;
}

std::map<std::string, std::string> sequence_states(Sql& sql, std::string_view schema) {
  std::map<std::string, std::string> out;
  for (const auto& sequence : relations(sql, schema, "'S'")) {
    const std::string& name = sequence[0].value();
    out[name] =
        sql.value("SELECT last_value || ':' || is_called FROM " + sql::qualified(schema, name));
  }
  return out;
}

std::set<std::string> effective_rights(Sql& sql, std::string_view schema) {
  std::set<std::string> out;
  for (const auto& row : sql.rows(R"sql(
    SELECT o.name || ': ' || coalesce(pg_get_userbyid(nullif(x.grantee, 0)), 'PUBLIC') || ' '
           || x.privilege_type || CASE WHEN x.is_grantable THEN '*' ELSE '' END
    FROM (SELECT oid, nspname FROM pg_namespace WHERE nspname = )sql" +
                                  sql::literal(schema) + R"sql() n CROSS JOIN LATERAL (
      SELECT 'schema' AS name, nspowner AS owner, coalesce(nspacl, acldefault('n', nspowner)) AS acl
        FROM pg_namespace WHERE oid = n.oid
      UNION ALL SELECT 'relation ' || relname, relowner, coalesce(relacl,
        acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
        FROM pg_class WHERE relnamespace = n.oid AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
      UNION ALL SELECT 'column ' || relname || '.' || attname, relowner, attacl
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT attisdropped
        WHERE relnamespace = n.oid
      UNION ALL SELECT 'routine ' || proname || '(' || pg_get_function_identity_arguments(oid) || ')',
        proowner, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE pronamespace = n.oid
      UNION ALL SELECT 'type ' || typname, typowner, coalesce(typacl, acldefault('T', typowner))
        FROM pg_type t WHERE typnamespace = n.oid
        AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)) o
    CROSS JOIN LATERAL aclexplode(o.acl) x WHERE x.grantee <> o.owner)sql")) {
    out.insert(row[0].value());
  }
  return out;
}

}  // namespace pgclone::test
