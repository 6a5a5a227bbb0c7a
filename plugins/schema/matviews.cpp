// Materialized views: empty at first, with their indexes; filled once all tables are.
#include <map>
#include <set>
#include <string>

#include "common/analysis.hpp"
#include "common/moments.hpp"
#include "common/storage_options.hpp"
#include "common/tablespaces.hpp"
#include "kinds.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

using common::kRefreshed;

struct Index {
  ObjectId view;
  std::string view_name;
  std::string name;
};

void add_index(Scope& scope, const Row& row, const Index& index) {
  const std::string name = sql::identifier(index.name);
  const std::string view = scope.qualified(index.view_name);
  Step step;
  step.group = group_name(scope, "MATERIALIZED VIEW", index.view_name);
  step.key = step.group + " index " + name;
  step.kind = "index";
  step.label = scope.qualified(index.name);
  step.phase = Phase::finish;
  step.statements.push_back("CREATE " + row.text(4) + " " + name + " ON " + view + row.text(5));
  if (!row.is_null(6))
    step.statements.push_back(comment_statement("INDEX " + step.label, row.text(6)));
  for (const char* const mark : {row.boolean(7) ? "CLUSTER ON " : "",
                                 row.boolean(8) ? "REPLICA IDENTITY USING INDEX " : ""}) {
    if (*mark != '\0') {
      step.statements.push_back("ALTER MATERIALIZED VIEW " + view + " " + mark + name);
    }
  }
  if (!row.is_null(9)) step.statements.push_back("ALTER INDEX " + step.label + row.text(9));
  for (std::string& statement :
       scope.marks.statements({catalog::kClass, row.oid(0)}, "INDEX " + step.label))
    step.statements.push_back(std::move(statement));
  step.provides = {{catalog::kClass, row.oid(0)}};
  step.creates_kind = "INDEX";
  step.creates_name = index.name;
  step.belongs_to = index.view;
  add_step(scope.context.plan(), scope.target_schema, step);
}

// SQL of a text array: those tablespaces of materialized views and their indexes that the target
// has.
std::string choose_tablespaces(Scope& scope) {
  const auto rows = scope.read(
      "SELECT t.spcname, CASE r.relkind WHEN 'm' THEN 'materialized view ' ELSE 'index ' END,"
      " r.relname, c.oid FROM pg_catalog.pg_class c"
      " LEFT JOIN pg_catalog.pg_index i ON i.indrelid = c.oid"
      " JOIN pg_catalog.pg_class r ON r.oid IN (c.oid, i.indexrelid)"
      " JOIN pg_catalog.pg_tablespace t ON t.oid = r.reltablespace" +
      relations_of_schema_sql(scope, "'m'") +
      std::string(scope.option("indexes") ? "" : " AND r.relkind = 'm'") +
      "GROUP BY 1, 2, 3, 4 ORDER BY 1, 2 DESC, 3");
  Tablespaces tablespaces(scope.context);
  std::set<std::string> chosen;
  for (const Row& row : rows) {
    if (scope.excluded.contains({catalog::kClass, row.oid(3)})) continue;
    const std::string relation = row.text(1) + sql::qualified(scope.source_schema, row.text(2));
    if (!tablespaces.choose(row.text(0), relation, false).empty()) chosen.insert(row.text(0));
  }
  tablespaces.report();
  return sql::literal(sql::text_array(chosen)) + "::pg_catalog.text[]";
}

// SQL: the clause of a relation with this alias, or an empty text.
std::string tablespace_sql(const std::string& relation, const std::string& chosen) {
  return "coalesce((SELECT ' TABLESPACE ' || pg_catalog.quote_ident(t.spcname)"
         " FROM pg_catalog.pg_tablespace t WHERE t.oid = " +
         relation + ".reltablespace AND t.spcname = ANY (" + chosen + ")), '')";
}

void add_indexes(Scope& scope, const std::string& tablespaces) {
  // Parameters and a tablespace go before the predicate, which ends the definition.
  const std::string printed = common::deparsed_options_sql("x.reloptions");
  const std::string kept =
      common::kept_options_sql(scope.context.target(), "am.amname", "x.reloptions");
  const auto rows = scope.read(
      "SELECT i.indexrelid, c.oid, c.relname, x.relname, k.words,"
      " CASE WHEN pg_catalog.starts_with(k.def, k.head)"
      " AND pg_catalog.\"right\"(k.def, pg_catalog.length(k.tail)) = k.tail THEN"
      " pg_catalog.substr(k.def, pg_catalog.length(k.head) + 1, pg_catalog.length(k.def)"
      " - pg_catalog.length(k.head) - pg_catalog.length(k.tail)) || coalesce(' WITH (' || " +
      kept + " || ')', '') || " + tablespace_sql("x", tablespaces) +
      " || k.predicate END,"
      " pg_catalog.obj_description(x.oid, 'pg_class'), i.indisclustered, i.indisreplident,"
      " (SELECT pg_catalog.string_agg(' ALTER COLUMN ' || a.attnum || ' SET STATISTICS '"
      " || a.attstattarget, ',' ORDER BY a.attnum) FROM pg_catalog.pg_attribute a"
      " WHERE a.attrelid = x.oid AND a.attstattarget >= 0), i.indisvalid"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_index i ON i.indrelid = c.oid"
      " JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid"
      " JOIN pg_catalog.pg_am am ON am.oid = x.relam"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " CROSS JOIN LATERAL (SELECT w.words, 'CREATE ' || w.words || ' '"
      " || pg_catalog.quote_ident(x.relname) || ' ON ' || pg_catalog.quote_ident(n.nspname)"
      " || '.' || pg_catalog.quote_ident(c.relname) AS head,"
      " pg_catalog.pg_get_indexdef(i.indexrelid) AS def, w.predicate, coalesce(' WITH (' || " +
      printed +
      " || ')', '') || w.predicate AS tail FROM (SELECT CASE WHEN i.indisunique"
      " THEN 'UNIQUE INDEX' ELSE 'INDEX' END AS words, coalesce(' WHERE '"
      " || pg_catalog.pg_get_expr(i.indpred, i.indrelid), '') AS predicate) w) k" +
      relations_of_schema_sql(scope, "'m'") + "ORDER BY c.relname, x.relname");
  for (const Row& row : rows) {
    const Index index{{catalog::kClass, row.oid(1)}, row.text(2), row.text(3)};
    if (scope.excluded.contains(index.view)) continue;
    if (!row.boolean(10)) {
      scope.context.report(Severity::notice,
                           "index " + scope.qualified(index.name) + " is left out",
                           "It is invalid on the source.");
      continue;
    }
    require_definition(row, 5, "index", index.name);
    add_index(scope, row, index);
  }
}

// Views of the target, and whether the role owns them.
using Twins = std::map<std::string, bool>;

void refuse_foreign(const std::string& list) {
  if (list.empty()) return;
  throw Error(sqlstate::kInsufficientPrivilege,
              "the role that clones does not own all materialized views that it has to refresh")
      .with_detail(list)
      .with_hint("Clone as their owner, or with {\"matviews\": false} and refresh them later.");
}

// Views that can't be filled, since they need one that isn't, and only were before it was emptied.
ObjectIdSet find_unfillable(Scope& scope, const std::vector<Row>& rows, const ObjectIdSet& views) {
  ObjectIdSet empty;
  for (const Row& row : rows)
    if (!row.boolean(3)) empty.insert({catalog::kClass, row.oid(0)});
  const std::size_t emptied = empty.size();
  for (std::size_t before = 0; before != empty.size() && emptied != 0;) {
    before = empty.size();
    for (const ObjectId& view : views)
      for (const ObjectId& need : scope.dependencies.nearest_needs(view, views))
        if (empty.contains(need)) empty.insert(view);
  }
  std::string list;
  ObjectIdSet unfillable;
  for (const Row& row : rows) {
    const ObjectId view{catalog::kClass, row.oid(0)};
    if (!row.boolean(3) || !empty.contains(view) || scope.excluded.contains(view)) continue;
    unfillable.insert(view);
    list += (list.empty() ? "" : "\n") + scope.qualified(row.text(1));
  }
  if (!list.empty())
    scope.context.report(Severity::notice,
                         "materialized views stay unpopulated, since they need one that is", list,
                         "Refresh all of them once those that they need have been.");
  return unfillable;
}

// The view's owner may lack what it needs by now, as on the source; that costs nothing but its
// rows. What reads it stays without rows then, as well.
void add_refresh(Scope& scope, const Row& row, bool existing) {
  const std::string shown = sql::qualified(scope.final_schema, row.text(1));
  Step step;
  step.label = scope.qualified(row.text(1));
  step.group = "refresh " + step.label;
  step.key = step.group;
  step.kind = "refresh";
  step.phase = Phase::load;
  step.after = Milestone::loaded;
  step.statements = {"REFRESH MATERIALIZED VIEW " + step.label};
  step.failure =
      "materialized view " + shown + (existing ? " is not refreshed" : " stays unpopulated");
  step.remedy = "Run REFRESH MATERIALIZED VIEW " + shown + "; when the cause is gone.";
  step.provides = {{kRefreshed, row.oid(0)}};
  step.belongs_to = {catalog::kClass, row.oid(0)};
  step.cost = row.count(2);
  add_step(scope.context.plan(), scope.target_schema, step);
  if (!scope.option("analyze")) return;
  Step analysis;
  analysis.group = step.group;
  analysis.key = step.key + " analysis";
  analysis.kind = step.kind;
  analysis.label = step.label;
  analysis.phase = Phase::finish;
  analysis.after = step.after;
  analysis.belongs_to = step.belongs_to;
  common::set_analysis(analysis, step.label, shown);
  add_step(scope.context.plan(), scope.target_schema, analysis);
}

// Of the views that are populated on the source: those among `twins`, or all; after what each needs
// among `stops`.
void add_refreshes(Scope& scope, const Twins* twins, ObjectIdSet stops) {
  const auto rows = scope.read(
      "SELECT c.oid, c.relname, coalesce(pg_catalog.pg_relation_size(c.oid), 0), c.relispopulated"
      " FROM pg_catalog.pg_class c" +
      relations_of_schema_sql(scope, "'m'") + "ORDER BY c.relname");
  ObjectIdSet views;
  for (const Row& row : rows) views.insert({catalog::kClass, row.oid(0)});
  stops.insert(views.begin(), views.end());
  const ObjectIdSet unfillable = find_unfillable(scope, rows, views);
  PlanBuilder& plan = scope.context.plan();
  std::string foreign;
  for (const Row& row : rows) {
    const ObjectId view{catalog::kClass, row.oid(0)};
    if (!row.boolean(3) || unfillable.contains(view) || scope.excluded.contains(view)) continue;
    if (twins != nullptr) {
      const auto twin = twins->find(row.text(1));
      if (twin == twins->end()) continue;
      if (!twin->second) foreign += (foreign.empty() ? "" : "\n") + scope.qualified(row.text(1));
    }
    add_refresh(scope, row, twins != nullptr);
    plan.depend({kRefreshed, view.objid}, view);
    for (const ObjectId& need : scope.dependencies.nearest_needs(view, stops)) {
      plan.depend({kRefreshed, view.objid},
                  views.contains(need) ? ObjectId{kRefreshed, need.objid} : need);
    }
  }
  refuse_foreign(foreign);
}

Twins read_twins(const Scope& scope) {
  Twins twins;
  const Param params[] = {scope.target_schema};
  for (const Row& row :
       read(scope.context.target(),
            "SELECT c.relname, pg_catalog.pg_has_role(c.relowner, 'USAGE')"
            " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
            " WHERE n.nspname = $1::pg_catalog.text AND c.relkind = 'm'",
            params)) {
    twins[row.text(0)] = row.boolean(1);
  }
  return twins;
}

}  // namespace

void add_materialized_views(Scope& scope) {
  const std::string tablespaces = choose_tablespaces(scope);
  add_objects(
      scope, catalog::kClass,
      "SELECT c.oid, c.relname, NULL::pg_catalog.text, 'MATERIALIZED VIEW', 'MATERIALIZED VIEW',"
      " coalesce(' USING ' || pg_catalog.quote_ident(am.amname), '') || " +
          matview_options_sql(scope) + " || " + tablespace_sql("c", tablespaces) +
          " || ' AS ' || pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';')"
          " || ' WITH NO DATA', pg_catalog.obj_description(c.oid, 'pg_class'), " +
          query_relation_provides_sql() +
          " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam" +
          query_relation_joins_sql() + relations_of_schema_sql(scope, "'m'") +
          "ORDER BY c.relname");
  if (scope.option("indexes")) add_indexes(scope, tablespaces);
  if (scope.context.request().include_data) add_refreshes(scope, nullptr, {});
}

void refresh_existing(Scope& scope) {
  ObjectIdSet tables;
  for (const Row& row : scope.read("SELECT c.oid FROM pg_catalog.pg_class c" +
                                   relations_of_schema_sql(scope, "'r', 'p'"))) {
    tables.insert({catalog::kClass, row.oid(0)});
  }
  const Twins twins = read_twins(scope);
  add_refreshes(scope, &twins, std::move(tables));
}

}  // namespace pgclone::schema
