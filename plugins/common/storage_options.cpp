#include "common/storage_options.hpp"

#include <array>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

struct Known {
  std::string_view of;
  std::string_view name;
  int since = 0;  // the major version that it came with, if that isn't older than any we meet
};

// CREATE TABLE, CREATE INDEX, CREATE VIEW and ALTER TABLE … ALTER COLUMN … SET in the
// documentation.
constexpr std::array kKnown = {
    Known{"heap", "fillfactor"},
    Known{"heap", "toast_tuple_target"},
    Known{"heap", "parallel_workers"},
    Known{"heap", "user_catalog_table"},
    Known{"both", "autovacuum_enabled"},
    Known{"both", "autovacuum_vacuum_threshold"},
    Known{"both", "autovacuum_vacuum_max_threshold", 18},
    Known{"both", "autovacuum_vacuum_scale_factor"},
    Known{"both", "autovacuum_vacuum_insert_threshold", 13},
    Known{"both", "autovacuum_vacuum_insert_scale_factor", 13},
    Known{"heap", "autovacuum_analyze_threshold"},
    Known{"heap", "autovacuum_analyze_scale_factor"},
    Known{"both", "autovacuum_vacuum_cost_delay"},
    Known{"both", "autovacuum_vacuum_cost_limit"},
    Known{"both", "autovacuum_freeze_min_age"},
    Known{"both", "autovacuum_freeze_max_age"},
    Known{"both", "autovacuum_freeze_table_age"},
    Known{"both", "autovacuum_multixact_freeze_min_age"},
    Known{"both", "autovacuum_multixact_freeze_max_age"},
    Known{"both", "autovacuum_multixact_freeze_table_age"},
    Known{"both", "log_autovacuum_min_duration"},
    Known{"both", "vacuum_index_cleanup", 12},
    Known{"both", "vacuum_truncate", 12},
    Known{"both", "vacuum_max_eager_freeze_failure_rate", 18},
    Known{"column", "n_distinct"},
    Known{"column", "n_distinct_inherited"},
    Known{"view", "check_option"},
    Known{"view", "security_barrier"},
    Known{"view", "security_invoker", 15},
    Known{"btree", "fillfactor"},
    Known{"btree", "vacuum_cleanup_index_scale_factor", 11},
    Known{"btree", "deduplicate_items", 13},
    Known{"hash", "fillfactor"},
    Known{"gist", "fillfactor"},
    Known{"gist", "buffering"},
    Known{"spgist", "fillfactor"},
    Known{"gin", "fastupdate"},
    Known{"gin", "gin_pending_list_limit"},
    Known{"brin", "pages_per_range"},
    Known{"brin", "autosummarize"},
};

// Kept by the server for itself.
constexpr std::string_view kInternal = "pg_attver";

constexpr int kMajor = 10000;

// SQL of a text[]: what objects have options that we know all of, and those options.
struct Lists {
  std::string kinds = "{heap,toast,column,view,btree,hash,gist,spgist,gin,brin}";
  std::string options = "{";

  explicit Lists(int version) {
    for (const Known& known : kKnown) {
      if (version < known.since * kMajor) continue;
      if (known.of == "both") {
        add("heap", known.name);
        add("toast", known.name);
      } else {
        add(known.of, known.name);
      }
    }
    options += "}";
  }

  void add(std::string_view of, std::string_view name) {
    if (options.size() > 1) options += ',';
    options += std::string(of) + "." + std::string(name);
  }
};

constexpr std::string_view kName = "pg_catalog.split_part(o_, '=', 1)";
constexpr std::string_view kValue = "pg_catalog.substr(o_, pg_catalog.strpos(o_, '=') + 1)";

// Whether the option o_ of such an object goes to the target.
std::string is_kept_sql(const Session& target, std::string_view of) {
  const Lists lists(target.server_version());
  const std::string kind(of);
  const std::string name(kName);
  return "(" + kind + " || '.' || " + name + " = ANY (" + sql::literal(lists.options) +
         "::pg_catalog.text[]) OR " + kind + " <> ALL (" + sql::literal(lists.kinds) +
         "::pg_catalog.text[]) AND " + name + " <> " + sql::literal(kInternal) + ")";
}

}  // namespace

std::string kept_options_sql(const Session& target, std::string_view of, std::string_view options,
                             std::string_view prefix) {
  const std::string head = prefix.empty() ? "" : sql::literal(prefix) + " || ";
  return "(SELECT pg_catalog.string_agg(" + head + "pg_catalog.quote_ident(" + std::string(kName) +
         ") || '=' || pg_catalog.quote_literal(" + std::string(kValue) +
         "), ', ' ORDER BY n_) FROM pg_catalog.unnest(" + std::string(options) +
         ") WITH ORDINALITY u_(o_, n_) WHERE " + is_kept_sql(target, of) + ")";
}

std::string deparsed_options_sql(std::string_view options) {
  const std::string value(kValue);
  return "(SELECT pg_catalog.string_agg(pg_catalog.quote_ident(" + std::string(kName) +
         ") || '=' || CASE WHEN pg_catalog.quote_ident(" + value + ") = " + value + " THEN " +
         value + " ELSE '''' || pg_catalog.replace(" + value +
         ", '''', '''''') || '''' END, ', ' ORDER BY n_) FROM pg_catalog.unnest(" +
         std::string(options) + ") WITH ORDINALITY u_(o_, n_))";
}

void report_left_out_options(PlanContext& context, const std::string& relations) {
  const Session& target = context.target();
  const Result& rows = context.source().query(
      "SELECT x.prefix || pg_catalog.pg_describe_object(1259, x.oid, x.sub), "
      "pg_catalog.string_agg(" +
      std::string(kName) +
      ", ', ' ORDER BY o_) FROM (SELECT c.oid, 0 AS sub, '' AS prefix, CASE WHEN c.relkind = 'v'"
      " THEN 'view' ELSE coalesce(m.amname, 'heap') END AS kind, c.reloptions AS options"
      " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_am m ON m.oid = c.relam"
      " LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid"
      " WHERE c.reloptions IS NOT NULL AND coalesce(i.indrelid, c.oid) IN (" +
      relations +
      ") UNION ALL SELECT c.oid, 0, 'TOAST table of ', 'toast', t.reloptions"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid"
      " WHERE t.reloptions IS NOT NULL AND c.oid IN (" +
      relations +
      ") UNION ALL SELECT a.attrelid, a.attnum, '', 'column', a.attoptions"
      " FROM pg_catalog.pg_attribute a WHERE a.attoptions IS NOT NULL AND NOT a.attisdropped"
      " AND a.attrelid IN (" +
      relations + ")) x CROSS JOIN LATERAL pg_catalog.unnest(x.options) o_ WHERE NOT " +
      is_kept_sql(target, "x.kind") + " AND " + std::string(kName) + " <> " +
      sql::literal(kInternal) + " GROUP BY x.oid, x.sub, x.prefix ORDER BY 1");
  std::string list;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    list += (list.empty() ? "" : "\n") + std::string(rows.text(row, 0)) + ": " +
            std::string(rows.text(row, 1));
  }
  if (list.empty()) return;
  context.report(Severity::notice, "left out storage parameters that the target does not have",
                 list, "They are of another version, or of none.");
}

}  // namespace pgclone::common
