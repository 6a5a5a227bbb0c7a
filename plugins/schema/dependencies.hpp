// What the objects of a schema need of one another, as pg_depend records it.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "pgclone/plugin/host.hpp"

namespace pgclone::schema {

struct ObjectIdHash {
  std::size_t operator()(const ObjectId& id) const noexcept {
    return std::hash<std::uint64_t>()(std::uint64_t{id.classid} << 32 | id.objid);
  }
};
using ObjectIdSet = std::unordered_set<ObjectId, ObjectIdHash>;

class Dependencies {
 public:
  // Reads everything with one query.
  static Dependencies read(Session& source, const std::string& schema_oid);

  // The seeds and all that needs them, directly or not; but for `kept`, and what needs only those.
  [[nodiscard]] ObjectIdSet with_dependants(const ObjectIdSet& seeds,
                                            const ObjectIdSet& kept = {}) const;
  // Those of `stops` that an object needs, directly or not; the search ends at each of them.
  [[nodiscard]] std::vector<ObjectId> nearest_needs(ObjectId object,
                                                    const ObjectIdSet& stops) const;
  // What an object needs directly.
  [[nodiscard]] const std::vector<ObjectId>& needs(ObjectId object) const;
  // Whether the object cannot be made whole before something that needs it.
  [[nodiscard]] bool needs_itself(ObjectId object) const;
  // Hands the plan what the objects of the schema strategy need. The tables' own affairs are left
  // to the strategy that plans them. Where `completed` has a type, the finished type needs what the
  // catalog says of the type.
  void add_to(PlanBuilder& plan,
              const std::unordered_map<std::uint32_t, ObjectId>& completed) const;

 private:
  struct Edge {
    ObjectId dependent;
    ObjectId referenced;
  };
  using Neighbours = std::unordered_map<ObjectId, std::vector<ObjectId>, ObjectIdHash>;

  // What lies in cycles, or between two.
  [[nodiscard]] ObjectIdSet find_cycles() const;

  std::vector<Edge> own_;
  Neighbours needs_;
  Neighbours needed_by_;
  mutable std::optional<ObjectIdSet> cycles_;  // found when first asked for
};

// The CTE owned(classid, objid, own): every object of the schema that belongs to no extension,
// sub-objects (rules, defaults, constraints …) included; own: not planned by the table strategy.
std::string owned_objects_cte(const std::string& schema_oid);
// The functions among them (function), and what their TRANSFORM FOR TYPE … names (transform), which
// pg_depend knows only for types of arguments and results.
std::string used_transforms_sql();

}  // namespace pgclone::schema
