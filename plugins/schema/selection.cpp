#include "selection.hpp"

#include <map>

#include "left_out.hpp"
#include "name_pattern.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "relations.hpp"

namespace pgclone::schema {

namespace {

struct Relation {
  ObjectId id;
  std::string name;
  bool table = false;  // its rows are its own, or its partitions'
  std::vector<std::uint32_t> partitions;
};

using Relations = std::map<std::uint32_t, Relation>;

Relations read_relations(const Scope& scope) {
  Relations relations;
  for (const Row& row :
       scope.read("SELECT c.oid, c.relname, c.relkind IN ('r', 'p', 'f'), i.inhparent"
                  " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_inherits i"
                  " ON c.relispartition AND i.inhrelid = c.oid" +
                  relations_of_schema_sql(scope, "'r', 'p', 'f', 'v', 'm', 'S'"))) {
    Relation& relation = relations[row.oid(0)];
    relation.id = {catalog::kClass, row.oid(0)};
    relation.name = row.text(1);
    relation.table = row.boolean(2);
    if (!row.is_null(3)) relations[row.oid(3)].partitions.push_back(row.oid(0));
  }
  // Parents in other schemas.
  std::erase_if(relations, [](const auto& item) { return item.second.id == ObjectId{}; });
  return relations;
}

[[noreturn]] void refuse_unmatched(const Scope& scope, std::string_view option,
                                   std::string_view pattern) {
  throw Error(sqlstate::kUndefinedTable,
              "option \"" + std::string(option) + "\" means nothing in schema " +
                  sql::identifier(scope.source_schema) + ": " + sql::literal(pattern))
      .with_origin(Origin::source)
      .with_detail("The source has no " + std::string(option == "tables" ? "table" : "relation") +
                   " of such a name.")
      .with_hint(
          "Names are exact and case-sensitive, without quotes; * stands for any text, ? for "
          "any character.");
}

void add_with_partitions(const Relations& relations, const Relation& relation, ObjectIdSet& set) {
  std::vector<const Relation*> open;
  const auto add = [&](const Relation& next) {
    if (set.insert(next.id).second) open.push_back(&next);
  };
  add(relation);
  while (!open.empty()) {
    const Relation& next = *open.back();
    open.pop_back();
    for (const auto partition : next.partitions) {
      const auto found = relations.find(partition);
      if (found != relations.end()) add(found->second);
    }
  }
}

// What the patterns of an option mean, partitions along with their parents.
ObjectIdSet matches(const Scope& scope, std::string_view option, const Relations& relations) {
  ObjectIdSet found;
  for (const std::string_view pattern : scope.context.options().names(option)) {
    std::vector<const Relation*> exact;
    std::vector<const Relation*> alike;
    for (const auto& [oid, relation] : relations) {
      if (option == "tables" && !relation.table) continue;
      if (relation.name == pattern) exact.push_back(&relation);
      if (matches_pattern(relation.name, pattern)) alike.push_back(&relation);
    }
    const auto& meant = exact.empty() ? alike : exact;
    if (meant.empty()) refuse_unmatched(scope, option, pattern);
    for (const Relation* relation : meant) add_with_partitions(relations, *relation, found);
  }
  return found;
}

// Of a table that stays: what it would lose, described; a foreign key may go.
std::string losses(const Scope& scope, const ObjectIdSet& excluded) {
  return scope
      .read_one(
          "SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(x.classid, x.objid, 0),"
          " E'\\n' ORDER BY x.classid, x.objid) FROM " +
          objects_sql(excluded) +
          " x(classid, objid)"
          " LEFT JOIN pg_catalog.pg_attrdef a ON x.classid = 2604 AND a.oid = x.objid"
          " LEFT JOIN pg_catalog.pg_constraint k ON x.classid = 2606 AND k.oid = x.objid"
          " AND k.contype <> 'f'"
          " LEFT JOIN pg_catalog.pg_trigger t ON x.classid = 2620 AND t.oid = x.objid"
          " AND NOT t.tgisinternal"
          " LEFT JOIN pg_catalog.pg_policy p ON x.classid = 3256 AND p.oid = x.objid"
          " LEFT JOIN pg_catalog.pg_rewrite r ON x.classid = 2618 AND r.oid = x.objid"
          " LEFT JOIN pg_catalog.pg_index i ON x.classid = 1259 AND i.indexrelid = x.objid"
          " JOIN pg_catalog.pg_class c ON c.oid = coalesce(a.adrelid, k.conrelid, t.tgrelid,"
          " p.polrelid, r.ev_class, i.indrelid) AND c.relkind IN ('r', 'p', 'f')"
          " WHERE c.oid NOT IN (SELECT e.objid FROM " +
          objects_sql(excluded) + " e(classid, objid) WHERE e.classid = 1259)")
      .text(0);
}

// Types of a table that stays; its parents may stay behind.
ObjectIdSet lost_types(const Scope& scope, const ObjectIdSet& kept, const ObjectIdSet& excluded) {
  ObjectIdSet types;
  for (const ObjectId& table : kept)
    for (const ObjectId& need : scope.dependencies.nearest_needs(table, excluded))
      if (need.classid != catalog::kClass) types.insert(need);
  return types;
}

void refuse_losses(const Scope& scope, const ObjectIdSet& kept, const ObjectIdSet& excluded) {
  std::string list = losses(scope, excluded);
  const ObjectIdSet types = lost_types(scope, kept, excluded);
  if (!types.empty()) list += (list.empty() ? "" : "\n") + describe_all(scope, types);
  if (list.empty()) return;
  throw Error(sqlstate::kDependentObjectsStillExist,
              "tables of schema " + sql::identifier(scope.source_schema) +
                  " that are cloned need what the options leave out")
      .with_origin(Origin::source)
      .with_detail(list)
      .with_hint("Clone what they need as well, or leave those tables out, too.");
}

void report_unwanted(const Scope& scope, const ObjectIdSet& unwanted) {
  scope.context.report(Severity::notice,
                       "left out by the options: " + std::to_string(unwanted.size()) +
                           (unwanted.size() == 1 ? " relation" : " relations"),
                       describe(scope, unwanted));
}

void report_dependants(const Scope& scope, const ObjectIdSet& unwanted,
                       const ObjectIdSet& excluded) {
  ObjectIdSet dependants = excluded;
  for (const ObjectId& relation : unwanted) dependants.erase(relation);
  const std::string list = describe_independent(scope, dependants, unwanted);
  if (list.empty()) return;
  scope.context.report(Severity::notice, "left out with them, since it needs them", list,
                       "Clone what it needs as well to have it.");
}

// What the options leave out themselves; `asked_for` are the tables that they name.
ObjectIdSet find_unwanted(const Scope& scope, ObjectIdSet& asked_for) {
  const Options& options = scope.context.options();
  const bool some = options.given("tables");
  if (!some && !options.given("exclude")) return {};
  const Relations relations = read_relations(scope);
  ObjectIdSet unwanted = matches(scope, "exclude", relations);
  if (!some) return unwanted;
  asked_for = matches(scope, "tables", relations);
  std::erase_if(asked_for, [&](const ObjectId& id) { return unwanted.contains(id); });
  for (const auto& [oid, relation] : relations)
    if (relation.table && !asked_for.contains(relation.id)) unwanted.insert(relation.id);
  return unwanted;
}

}  // namespace

void apply_selection(Scope& scope) {
  ObjectIdSet asked_for;
  const ObjectIdSet unwanted = find_unwanted(scope, asked_for);
  if (unwanted.empty()) return;
  // Who is asked for by name comes without its parent, as a table that is cloned alone.
  const ObjectIdSet excluded = scope.dependencies.with_dependants(unwanted, asked_for);
  refuse_losses(scope, asked_for, excluded);
  report_unwanted(scope, unwanted);
  report_dependants(scope, unwanted, excluded);
  scope.excluded.insert(excluded.begin(), excluded.end());
}

void apply_row_selection(Scope& scope) {
  ObjectIdSet asked_for;
  const ObjectIdSet unwanted = find_unwanted(scope, asked_for);
  if (unwanted.empty()) return;
  report_unwanted(scope, unwanted);
  scope.excluded.insert(unwanted.begin(), unwanted.end());
}

}  // namespace pgclone::schema
