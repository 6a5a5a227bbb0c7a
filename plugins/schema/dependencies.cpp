#include "dependencies.hpp"

#include <algorithm>

#include "common/unexpected_form.hpp"
#include "rows.hpp"
#include "scope.hpp"

namespace pgclone::schema {

namespace {

// A catalog whose rows name their schema in <prefix>namespace.
std::string members(std::uint32_t classid, std::string_view catalog, std::string_view prefix,
                    const std::string& schema_oid, std::string_view own = "true") {
  return "SELECT " + std::to_string(classid) + "::pg_catalog.oid, oid, " + std::string(own) +
         " FROM pg_catalog." + std::string(catalog) + " WHERE " + std::string(prefix) +
         "namespace = " + schema_oid;
}

// A catalog whose rows belong to a relation.
std::string parts(std::uint32_t classid, std::string_view catalog, std::string_view relation,
                  const std::string& schema_oid, std::string_view own) {
  return "SELECT " + std::to_string(classid) + "::pg_catalog.oid, p.oid, " + std::string(own) +
         " FROM pg_catalog." + std::string(catalog) +
         " p JOIN pg_catalog.pg_class c ON c.oid = p." + std::string(relation) +
         " WHERE c.relnamespace = " + schema_oid;
}

// What isn't of a table: an index counts where it is of a materialized view.
constexpr std::string_view kOwnRelation =
    "(relkind IN ('v', 'm', 'c', 'f') OR relkind = 'i' AND EXISTS (SELECT FROM"
    " pg_catalog.pg_index i JOIN pg_catalog.pg_class v ON v.oid = i.indrelid"
    " WHERE i.indexrelid = pg_class.oid AND v.relkind = 'm') OR relkind = 'S' AND NOT EXISTS "
    "(SELECT FROM"
    " pg_catalog.pg_depend s JOIN pg_catalog.pg_class t ON t.oid = s.refobjid"
    " WHERE s.classid = 1259 AND s.objid = pg_class.oid AND s.refclassid = 1259"
    " AND s.refobjsubid > 0 AND s.deptype IN ('a', 'i') AND t.relkind IN ('r', 'p')))";

// Of a domain or a foreign table.
constexpr std::string_view kOwnConstraint =
    "(contypid <> 0 OR EXISTS (SELECT FROM pg_catalog.pg_class f WHERE f.oid = conrelid"
    " AND f.relkind = 'f'))";

constexpr std::uint32_t kAmop = 2602;
constexpr std::uint32_t kAmproc = 2603;
constexpr std::uint32_t kCast = 2605;
constexpr std::uint32_t kTransform = 3576;

// Those that owned_objects_cte() looks into, and the schema's own.
constexpr std::uint32_t kCatalogs[] = {catalog::kType,
                                       catalog::kProc,
                                       catalog::kClass,
                                       catalog::kConstraint,
                                       catalog::kOperator,
                                       catalog::kOpclass,
                                       catalog::kOpfamily,
                                       catalog::kCollation,
                                       catalog::kConversion,
                                       catalog::kStatisticExt,
                                       catalog::kTsParser,
                                       catalog::kTsDict,
                                       catalog::kTsTemplate,
                                       catalog::kTsConfig,
                                       catalog::kAttrdef,
                                       catalog::kRewrite,
                                       catalog::kTrigger,
                                       catalog::kPolicy,
                                       catalog::kNamespace,
                                       kAmop,
                                       kAmproc,
                                       kCast,
                                       kTransform};

// Its catalog's OID goes back to the source in questions about it, as that of a catalog.
ObjectId object(const Row& row, std::size_t column) {
  const ObjectId id{row.oid(column), row.oid(column + 1)};
  if (std::ranges::find(kCatalogs, id.classid) == std::end(kCatalogs))
    common::refuse_form("the catalog of a dependency", std::to_string(id.classid));
  return id;
}

}  // namespace

std::string owned_objects_cte(const std::string& oid) {
  using namespace catalog;
  const std::string own_relation = "c.relkind NOT IN ('r', 'p')";
  const std::string foreign_statistics =
      "NOT EXISTS (SELECT FROM pg_catalog.pg_class c WHERE c.oid = stxrelid AND c.relnamespace = " +
      oid + " AND c.relkind IN ('r', 'p'))";
  const std::string types = " FROM pg_catalog.pg_type t WHERE t.typnamespace = " + oid;
  std::string members_sql;
  for (const std::string& part :
       {members(kType, "pg_type", "typ", oid),
        members(kProc, "pg_proc", "pro", oid),
        members(kClass, "pg_class", "rel", oid, kOwnRelation),
        members(kConstraint, "pg_constraint", "con", oid, kOwnConstraint),
        members(kOperator, "pg_operator", "opr", oid),
        members(kOpclass, "pg_opclass", "opc", oid),
        members(kOpfamily, "pg_opfamily", "opf", oid),
        members(kCollation, "pg_collation", "coll", oid),
        members(kConversion, "pg_conversion", "con", oid),
        members(kStatisticExt, "pg_statistic_ext", "stx", oid, foreign_statistics),
        members(kTsParser, "pg_ts_parser", "prs", oid),
        members(kTsDict, "pg_ts_dict", "dict", oid),
        members(kTsTemplate, "pg_ts_template", "tmpl", oid),
        members(kTsConfig, "pg_ts_config", "cfg", oid),
        parts(kAttrdef, "pg_attrdef", "adrelid", oid, own_relation),
        parts(kRewrite, "pg_rewrite", "ev_class", oid, "true"),
        parts(kTrigger, "pg_trigger", "tgrelid", oid, own_relation),
        parts(kPolicy, "pg_policy", "polrelid", oid, "true"),
        "SELECT 2602::pg_catalog.oid, a.oid, true FROM pg_catalog.pg_amop a"
        " JOIN pg_catalog.pg_opfamily f ON f.oid = a.amopfamily WHERE f.opfnamespace = " +
            oid,
        "SELECT 2603::pg_catalog.oid, a.oid, true FROM pg_catalog.pg_amproc a"
        " JOIN pg_catalog.pg_opfamily f ON f.oid = a.amprocfamily WHERE f.opfnamespace = " +
            oid,
        "SELECT 2605::pg_catalog.oid, a.oid, true FROM pg_catalog.pg_cast a"
        " WHERE a.castsource IN (SELECT t.oid" +
            types + ") OR a.casttarget IN (SELECT t.oid" + types + ")",
        "SELECT 3576::pg_catalog.oid, a.oid, true FROM pg_catalog.pg_transform a"
        " WHERE a.trftype IN (SELECT t.oid" +
            types + ")"}) {
    members_sql += (members_sql.empty() ? "" : " UNION ALL ") + part;
  }
  return "members(classid, objid, own) AS (" + members_sql +
         "), owned AS (SELECT m.classid, m.objid, m.own FROM members m WHERE NOT EXISTS ("
         "SELECT FROM pg_catalog.pg_depend e WHERE e.classid = m.classid AND e.objid = m.objid"
         " AND e.deptype = 'e'))";
}

std::string used_transforms_sql() {
  return "SELECT p.oid AS function, a.oid AS transform FROM owned o JOIN pg_catalog.pg_proc p"
         " ON o.classid = 1255 AND p.oid = o.objid JOIN pg_catalog.pg_transform a"
         " ON a.trftype = ANY (p.protrftypes) AND a.trflang = p.prolang";
}

Dependencies Dependencies::read(Session& source, const std::string& oid) {
  // Beyond pg_depend: a view stands on its _RETURN rule, a composite type on its relation, where
  // the catalog has it the other way round only; and a function on the transforms that it names.
  const auto rows = schema::read(
      source,
      "WITH " + owned_objects_cte(oid) +
          " SELECT DISTINCT d.classid, d.objid, d.refclassid, d.refobjid, o.own, true,"
          " d.classid = 2618 AND d.refclassid = 1259 AND d.deptype = 'i'"
          " FROM owned o JOIN pg_catalog.pg_depend d ON d.classid = o.classid AND d.objid = o.objid"
          " WHERE d.deptype <> 'e' AND ((d.refclassid, d.refobjid) IN (SELECT classid, objid"
          " FROM owned) OR d.refclassid = 2615 AND d.refobjid = " +
          oid +
          ") UNION ALL SELECT 1259, r.ev_class, 2618, r.oid, false, false, false FROM owned o"
          " JOIN pg_catalog.pg_rewrite r ON o.classid = 2618 AND r.oid = o.objid"
          " WHERE r.rulename = '_RETURN'"
          " UNION ALL SELECT 1247, c.reltype, 1259, c.oid, false, false, false FROM owned o"
          " JOIN pg_catalog.pg_class c ON o.classid = 1259 AND c.oid = o.objid"
          " WHERE c.relkind = 'c'"
          " UNION ALL SELECT 1255, u.function, 3576, u.transform, true, true, false FROM (" +
          used_transforms_sql() +
          ") u WHERE (3576::pg_catalog.oid, u.transform) IN (SELECT classid, objid FROM owned)");
  Dependencies dependencies;
  for (const Row& row : rows) {
    const ObjectId dependent = object(row, 0);
    const ObjectId referenced = object(row, 2);
    if (dependent == referenced) continue;
    // A view's _RETURN rule is the view: only one direction of the two is a need.
    if (!row.boolean(6)) {
      dependencies.needs_[dependent].push_back(referenced);
      dependencies.needed_by_[referenced].push_back(dependent);
    }
    if (row.boolean(4) && row.boolean(5)) dependencies.own_.push_back({dependent, referenced});
  }
  return dependencies;
}

ObjectIdSet Dependencies::with_dependants(const ObjectIdSet& seeds, const ObjectIdSet& kept) const {
  ObjectIdSet found = seeds;
  std::vector<ObjectId> open(seeds.begin(), seeds.end());
  while (!open.empty()) {
    const ObjectId object = open.back();
    open.pop_back();
    const auto dependants = needed_by_.find(object);
    if (dependants == needed_by_.end()) continue;
    for (const ObjectId& dependant : dependants->second) {
      if (kept.contains(dependant)) continue;
      if (found.insert(dependant).second) open.push_back(dependant);
    }
  }
  return found;
}

std::vector<ObjectId> Dependencies::nearest_needs(ObjectId object, const ObjectIdSet& stops) const {
  std::vector<ObjectId> nearest;
  ObjectIdSet seen = {object};
  std::vector<ObjectId> open = {object};
  while (!open.empty()) {
    const auto needs = needs_.find(open.back());
    open.pop_back();
    if (needs == needs_.end()) continue;
    for (const ObjectId& need : needs->second) {
      if (!seen.insert(need).second) continue;
      if (stops.contains(need)) {
        nearest.push_back(need);
      } else {
        open.push_back(need);
      }
    }
  }
  return nearest;
}

const std::vector<ObjectId>& Dependencies::needs(ObjectId object) const {
  static const std::vector<ObjectId> nothing;
  const auto found = needs_.find(object);
  return found == needs_.end() ? nothing : found->second;
}

bool Dependencies::needs_itself(ObjectId object) const {
  if (!cycles_) cycles_ = find_cycles();
  if (!cycles_->contains(object)) return false;
  ObjectIdSet seen;
  std::vector<ObjectId> open = {object};
  while (!open.empty()) {
    const auto needs = needs_.find(open.back());
    open.pop_back();
    if (needs == needs_.end()) continue;
    for (const ObjectId& need : needs->second) {
      if (need == object) return true;
      if (cycles_->contains(need) && seen.insert(need).second) open.push_back(need);
    }
  }
  return false;
}

// Takes away again and again what needs nothing that is left, then what nothing needs.
ObjectIdSet Dependencies::find_cycles() const {
  ObjectIdSet left;
  for (const auto& [object, unused] : needs_) left.insert(object);
  const auto peel = [&](const Neighbours& forward, const Neighbours& back) {
    const auto count = [&](const ObjectId& object) {
      const auto found = forward.find(object);
      return found == forward.end()
                 ? std::ptrdiff_t{0}
                 : std::count_if(found->second.begin(), found->second.end(),
                                 [&](const ObjectId& other) { return left.contains(other); });
    };
    std::unordered_map<ObjectId, std::ptrdiff_t, ObjectIdHash> counts;
    std::vector<ObjectId> open;
    for (const ObjectId& object : left) {
      if ((counts[object] = count(object)) == 0) open.push_back(object);
    }
    while (!open.empty()) {
      const ObjectId object = open.back();
      open.pop_back();
      left.erase(object);
      const auto others = back.find(object);
      if (others == back.end()) continue;
      for (const ObjectId& other : others->second) {
        const auto waiting = counts.find(other);
        if (waiting != counts.end() && --waiting->second == 0) open.push_back(other);
      }
    }
  };
  peel(needs_, needed_by_);
  peel(needed_by_, needs_);
  return left;
}

void Dependencies::add_to(PlanBuilder& plan,
                          const std::unordered_map<std::uint32_t, ObjectId>& completed) const {
  for (const Edge& edge : own_) {
    const auto type = edge.dependent.classid == catalog::kType
                          ? completed.find(edge.dependent.objid)
                          : completed.end();
    plan.depend(type == completed.end() ? edge.dependent : type->second, edge.referenced);
  }
}

}  // namespace pgclone::schema
