// Rows before what is computed from them. A routine that reads a table says so to pg_depend if its
// body is of the SQL standard's form, else only by the words of its text. Rows of tables with
// generated columns, builds of indexes, attachments of partitions and refreshes of materialized
// views wait for the rows that the routines read which they run. Tables that read one another have
// no such order; that is told.
#include <map>
#include <set>

#include "common/moments.hpp"
#include "mentions.hpp"
#include "pgclone/plugin/sql.hpp"
#include "scope.hpp"

namespace pgclone::schema {

namespace {

using namespace common;

struct Relation {
  std::string name;
  bool table = false;
  bool partition = false;
  bool materialized = false;
  std::vector<std::uint32_t> children;
};

class Reading {
 public:
  Reading(const Scope& scope, const Mentions& mentions) : scope_(scope), mentions_(mentions) {
    for (const Row& row : scope.read(
             "SELECT c.oid, c.relkind IN ('r', 'p'), c.relispartition, c.relkind = 'm', "
             "i.inhparent, c.relname"
             " FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid"
             " WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND c.relnamespace = " +
             scope.schema_oid)) {
      Relation& relation = relations_[row.oid(0)];
      relation.name = row.text(5);
      relation.table = row.boolean(1);
      relation.partition = row.boolean(2);
      relation.materialized = row.boolean(3);
      if (!row.is_null(4)) relations_[row.oid(4)].children.push_back(row.oid(0));
    }
    for (const Row& row :
         scope.read("SELECT contypid, oid FROM pg_catalog.pg_constraint WHERE contypid <> 0"
                    " AND connamespace = " +
                    scope.schema_oid))
      domain_checks_[row.oid(0)].push_back({catalog::kConstraint, row.oid(1)});
  }

  // The relations that run routines read, if this object's do. What a relation's parts look at is
  // not the relation itself.
  ObjectIdSet read_by(ObjectId object) {
    const bool whole = relations_.contains(object.objid) && object.classid == catalog::kClass;
    ObjectIdSet read;
    ObjectIdSet seen = {object};
    std::vector<ObjectId> open = {object};
    while (!open.empty()) {
      const ObjectId next = open.back();
      open.pop_back();
      for (const ObjectId& need : needs(next)) {
        if (need.classid == catalog::kProc) {
          const ObjectIdSet& relations = read_by_routine(need);
          read.insert(relations.begin(), relations.end());
        } else if ((whole || need.classid != catalog::kClass) && seen.insert(need).second) {
          open.push_back(need);
        }
      }
    }
    return read;
  }

  // With its children.
  void tree(std::uint32_t relation, ObjectIdSet& found) const {
    std::vector<std::uint32_t> open;
    const auto add = [&](std::uint32_t oid) {
      if (found.insert({catalog::kClass, oid}).second) open.push_back(oid);
    };
    add(relation);
    while (!open.empty()) {
      const auto next = relations_.find(open.back());
      open.pop_back();
      if (next == relations_.end()) continue;
      for (const std::uint32_t child : next->second.children) add(child);
    }
  }

  [[nodiscard]] const std::map<std::uint32_t, Relation>& relations() const { return relations_; }
  // Of none that is known: an empty one.
  [[nodiscard]] const Relation& relation(std::uint32_t oid) const {
    static const Relation nothing;
    const auto found = relations_.find(oid);
    return found == relations_.end() ? nothing : found->second;
  }

 private:
  // As far as types go, those that they are made of, and the checks of domains.
  [[nodiscard]] std::vector<ObjectId> needs(ObjectId object) const {
    std::vector<ObjectId> all = scope_.dependencies.needs(object);
    if (object.classid != catalog::kType) return all;
    const auto checks = domain_checks_.find(object.objid);
    if (checks != domain_checks_.end())
      all.insert(all.end(), checks->second.begin(), checks->second.end());
    return all;
  }

  const ObjectIdSet& read_by_routine(ObjectId routine) {
    const auto [known, fresh] = read_by_routine_.try_emplace(routine);
    if (!fresh) return known->second;
    ObjectIdSet read;
    ObjectIdSet seen = {routine};
    std::vector<ObjectId> open = {routine};
    const auto visit = [&](ObjectId from, ObjectId need) {
      if (need.classid == catalog::kClass) {
        // A routine that takes a row of a table doesn't read the table.
        const auto relation = relations_.find(need.objid);
        if (from.classid == catalog::kType || relation == relations_.end()) return;
        read.insert(need);
        if (relation->second.table) return;
      }
      if (seen.insert(need).second) open.push_back(need);
    };
    while (!open.empty()) {
      const ObjectId next = open.back();
      open.pop_back();
      for (const ObjectId& need : needs(next)) visit(next, need);
      const auto named = mentions_.find(next);
      if (named == mentions_.end()) continue;
      for (const ObjectId& object : named->second) visit(next, object);
    }
    return read_by_routine_[routine] = std::move(read);
  }

  const Scope& scope_;
  const Mentions& mentions_;
  std::map<std::uint32_t, Relation> relations_;
  std::map<std::uint32_t, std::vector<ObjectId>> domain_checks_;
  std::unordered_map<ObjectId, ObjectIdSet, ObjectIdHash> read_by_routine_;
};

// What runs routines; the moment before which they need their rows, and the relation that it is of.
std::string runners_sql(const Scope& scope) {
  const auto relations = [&](const std::string& kinds) {
    return " (SELECT oid FROM pg_catalog.pg_class WHERE relkind IN (" + kinds +
           ") AND relnamespace = " + scope.schema_oid + ")";
  };
  const auto moment = [](std::uint32_t id) { return std::to_string(id); };
  const std::string tables = relations("'r', 'p'");
  const std::string views = relations("'m'");
  std::string query =
      "SELECT 1259::pg_catalog.oid, oid, " + moment(kStart) +
      "::pg_catalog.oid, oid, oid FROM pg_catalog.pg_class WHERE oid IN" + tables +
      " UNION ALL SELECT 1259, oid, " + moment(kAttached) +
      ", oid, oid FROM pg_catalog.pg_class WHERE relispartition AND oid IN" + tables +
      " UNION ALL SELECT 1259, indexrelid, 1259, indexrelid, indrelid FROM pg_catalog.pg_index"
      " WHERE indrelid IN" +
      tables +
      " UNION ALL SELECT 2606, oid, m.id, oid, conrelid FROM pg_catalog.pg_constraint, (VALUES"
      " (2606::pg_catalog.oid), (" +
      moment(kValidated) + ")) m (id) WHERE contype = 'c' AND conrelid IN" + tables +
      " UNION ALL SELECT 1259, oid, " + moment(kRefreshed) +
      ", oid, oid FROM pg_catalog.pg_class WHERE oid IN" + views +
      " UNION ALL SELECT 1259, indexrelid, " + moment(kRefreshed) +
      ", indrelid, indrelid FROM pg_catalog.pg_index WHERE indrelid IN" + views;
  if (scope.context.source().server_version() >= 120000) {
    query += " UNION ALL SELECT 2604, d.oid, " + moment(kStart) +
             ", d.adrelid, d.adrelid FROM pg_catalog.pg_attrdef d JOIN pg_catalog.pg_attribute a"
             " ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE a.attgenerated <> ''"
             " AND d.adrelid IN" +
             tables;
  }
  return query;
}

// By relations that need rows of others for their own: those others.
using Readers = std::map<std::uint32_t, std::set<std::uint32_t>>;

// A materialized view comes after the rows of its tables in any case. Where the rows of one of them
// should come after the view, all of it may become a single task.
void require_own_rows(Scope& scope, const Reading& reading, Readers& readers) {
  ObjectIdSet tables;
  for (const auto& [oid, relation] : reading.relations())
    if (relation.table) tables.insert({catalog::kClass, oid});
  for (const auto& [oid, relation] : reading.relations()) {
    if (!relation.materialized) continue;
    ObjectIdSet trees;
    for (const ObjectId& table : scope.dependencies.nearest_needs({catalog::kClass, oid}, tables))
      reading.tree(table.objid, trees);
    for (const ObjectId& part : trees) {
      scope.context.plan().depend({kRefreshed, oid}, {kRows, part.objid});
      readers[oid].insert(part.objid);
    }
  }
}

// Relations whose rows need those of another one, which need theirs. What reads itself is none of
// them: its name may well be a word of a body that reads nothing.
std::vector<std::uint32_t> in_circles(const Scope& scope, const Readers& readers) {
  std::vector<std::uint32_t> found;
  for (const auto& [reader, unused] : readers) {
    if (scope.excluded.contains({catalog::kClass, reader})) continue;
    std::set<std::uint32_t> seen;
    std::vector<std::uint32_t> open = {reader};
    while (!open.empty() && !seen.contains(reader)) {
      const auto reads = readers.find(open.back());
      open.pop_back();
      if (reads == readers.end()) continue;
      for (const std::uint32_t relation : reads->second)
        if (seen.insert(relation).second) open.push_back(relation);
    }
    if (seen.contains(reader)) found.push_back(reader);
  }
  return found;
}

void report_circles(Scope& scope, const Reading& reading, const Readers& readers) {
  std::string list;
  for (const std::uint32_t oid : in_circles(scope, readers))
    list += (list.empty() ? "" : "\n") +
            sql::qualified(scope.source_schema, reading.relation(oid).name);
  if (list.empty()) return;
  scope.context.report(Severity::warning,
                       "relations whose rows are computed from one another's have no right order",
                       list,
                       "What their functions return may differ from the source. Compare them, or "
                       "have them computed again by an UPDATE once all rows are there.");
}

}  // namespace

void add_reading(Scope& scope, const Mentions& mentions) {
  Reading reading(scope, mentions);
  Readers readers;
  require_own_rows(scope, reading, readers);
  PlanBuilder& plan = scope.context.plan();
  for (const Row& row : scope.read(runners_sql(scope))) {
    const ObjectId moment{row.oid(2), row.oid(3)};
    const ObjectId own{catalog::kClass, row.oid(4)};
    for (const ObjectId& relation : reading.read_by({row.oid(0), row.oid(1)})) {
      ObjectIdSet tree;
      reading.tree(relation.objid, tree);
      if (tree.contains(own)) continue;
      plan.prefer(moment, relation);
      for (const ObjectId& part : tree) {
        plan.prefer(moment, {kRows, part.objid});
        if (reading.relation(part.objid).partition) plan.prefer(moment, {kAttached, part.objid});
        if (reading.relation(part.objid).materialized)
          plan.prefer(moment, {kRefreshed, part.objid});
        if (moment.classid == kStart || moment.classid == kRefreshed)
          readers[own.objid].insert(part.objid);
      }
    }
  }
  if (scope.context.request().include_data) report_circles(scope, reading, readers);
}

}  // namespace pgclone::schema
