// Objects about text: collations, conversions, text search.
#include "kinds.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::schema {

namespace {

// A catalog whose rows have a name and lie in a schema; its rows get the alias o.
struct Kind {
  std::uint32_t classid;
  std::string_view catalog;
  std::string_view prefix;
  std::string_view words;
};

void add_kind(Scope& scope, const Kind& kind, const std::string& create,
              const std::string& definition) {
  const std::string name = "o." + std::string(kind.prefix) + "name";
  add_objects(scope, kind.classid,
              "SELECT o.oid, " + name + ", NULL::pg_catalog.text, " + sql::literal(kind.words) +
                  ", " + create + ", " + definition + ", pg_catalog.obj_description(o.oid, '" +
                  std::string(kind.catalog) + "'), '" + std::to_string(kind.classid) +
                  ":' || o.oid FROM pg_catalog." + std::string(kind.catalog) + " o WHERE o." +
                  std::string(kind.prefix) + "namespace = " + scope.schema_oid + " AND" +
                  free_standing_sql(kind.classid, "o.oid") + "ORDER BY " + name);
}

void add_kind(Scope& scope, const Kind& kind, const std::string& definition) {
  add_kind(scope, kind, sql::literal(kind.words), definition);
}

void add_mappings(Scope& scope) {
  const auto rows =
      scope.read("SELECT c.oid, c.cfgname, t.alias, pg_catalog.string_agg(" +
                 scope.catalog_name_sql("pg_ts_dict", "dict", "m.mapdict") +
                 ", ', ' ORDER BY m.mapseqno) FROM pg_catalog.pg_ts_config c"
                 " JOIN pg_catalog.pg_ts_config_map m ON m.mapcfg = c.oid"
                 " CROSS JOIN LATERAL pg_catalog.ts_token_type(c.cfgparser) t"
                 " WHERE t.tokid = m.maptokentype AND c.cfgnamespace = " +
                 scope.schema_oid + " AND" + free_standing_sql(catalog::kTsConfig, "c.oid") +
                 "GROUP BY c.oid, c.cfgname, t.alias ORDER BY c.cfgname, t.alias");
  for (const Row& row : rows) {
    const ObjectId configuration{catalog::kTsConfig, row.oid(0)};
    if (scope.excluded.contains(configuration)) continue;
    Step step;
    step.group = group_name(scope, "TEXT SEARCH CONFIGURATION", row.text(1));
    step.key = step.group + " mapping of " + sql::identifier(row.text(2));
    step.kind = "text search mapping";
    step.label = scope.qualified(row.text(1));
    step.statements.push_back("ALTER TEXT SEARCH CONFIGURATION " + step.label +
                              " ADD MAPPING FOR " + sql::identifier(row.text(2)) + " WITH " +
                              row.text(3));
    step.belongs_to = configuration;
    add_step(scope.context.plan(), scope.target_schema, step);
  }
}

}  // namespace

void add_collations(Scope& scope) {
  // The column of an ICU locale has had three names; the row as JSON has the one of this server.
  add_kind(scope, {catalog::kCollation, "pg_collation", "coll", "COLLATION"},
           "' (PROVIDER = ' || CASE o.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin'"
           " WHEN 'd' THEN 'default' ELSE 'libc' END || CASE WHEN o.collisdeterministic THEN ''"
           " ELSE ', DETERMINISTIC = false' END || CASE WHEN o.collprovider = 'c' THEN"
           " ', LC_COLLATE = ' || pg_catalog.quote_literal(o.collcollate) || ', LC_CTYPE = '"
           " || pg_catalog.quote_literal(o.collctype) ELSE ', LOCALE = '"
           " || pg_catalog.quote_literal(coalesce(pg_catalog.to_jsonb(o) ->> 'colllocale',"
           " pg_catalog.to_jsonb(o) ->> 'colliculocale', o.collcollate)) END"
           " || coalesce(', RULES = ' || pg_catalog.quote_literal(pg_catalog.to_jsonb(o)"
           " ->> 'collicurules'), '') || ')'");
}

void add_conversions(Scope& scope) {
  add_kind(scope, {catalog::kConversion, "pg_conversion", "con", "CONVERSION"},
           "CASE WHEN o.condefault THEN 'DEFAULT CONVERSION' ELSE 'CONVERSION' END",
           "' FOR ' || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(o.conforencoding))"
           " || ' TO ' || pg_catalog.quote_literal(pg_catalog.pg_encoding_to_char(o.contoencoding))"
           " || ' FROM ' || " +
               scope.function_name_sql("o.conproc"));
}

void add_text_search(Scope& scope) {
  const auto function = [&](const std::string& option, const std::string& column) {
    return " || coalesce('" + option + " = ' || " + scope.function_name_sql("o." + column) +
           ", '')";
  };
  add_kind(scope, {catalog::kTsParser, "pg_ts_parser", "prs", "TEXT SEARCH PARSER"},
           "' ('" + function("START", "prsstart") + function(", GETTOKEN", "prstoken") +
               function(", END", "prsend") + function(", LEXTYPES", "prslextype") +
               function(", HEADLINE", "prsheadline") + " || ')'");
  add_kind(scope, {catalog::kTsTemplate, "pg_ts_template", "tmpl", "TEXT SEARCH TEMPLATE"},
           "' ('" + function("LEXIZE", "tmpllexize") + function(", INIT", "tmplinit") + " || ')'");
  add_kind(scope, {catalog::kTsDict, "pg_ts_dict", "dict", "TEXT SEARCH DICTIONARY"},
           "' (TEMPLATE = ' || " +
               scope.catalog_name_sql("pg_ts_template", "tmpl", "o.dicttemplate") +
               " || coalesce(', ' || o.dictinitoption, '') || ')'");
  add_kind(scope, {catalog::kTsConfig, "pg_ts_config", "cfg", "TEXT SEARCH CONFIGURATION"},
           "' (PARSER = ' || " + scope.catalog_name_sql("pg_ts_parser", "prs", "o.cfgparser") +
               " || ')'");
  add_mappings(scope);
}

}  // namespace pgclone::schema
