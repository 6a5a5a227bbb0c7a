// Finds what a plan would collide with on the target, asks the conflict strategy once for each, and
// rewrites the plan accordingly. Nothing on the target changes here: what a decision needs is done
// by steps, which check under lock that the object is still the one that was decided about.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "conflict/existing.hpp"
#include "host/plugin_host.hpp"
#include "pgclone/plugin/strategy.hpp"
#include "plan/builder.hpp"

namespace pgclone::conflict {

// Relations by schema and name.
using Names = std::set<std::pair<std::string, std::string>>;

// An existing object that the swap at the end drops (see staging.hpp).
struct Replaced {
  ExistingObject existing;
  std::vector<std::string> statements;
  // The strategy accepted that objects outside the clone go with it.
  bool takes_dependants = false;
};

struct Resolved {
  std::vector<plan::SkippedObject> skipped;
  std::vector<std::string> notices;
  // What goes with existing objects that get out of the way.
  std::vector<std::string> moved_along;
  // Not empty: the clone must be built in a staging schema; the plan was not rewritten.
  std::vector<Replaced> replaced;
  // Relations that rows are loaded into and of which the plan's strategies don't know yet: the plan
  // was not rewritten, and should be made anew.
  Names existing;
};

struct ResolveInput {
  Session& target;
  const Options& options;
  // Has the job's conflict strategy, which is loaded only if there is a conflict.
  host::PluginHost& plugins;
  // Keys of steps that a resumed job has done: what they made is no conflict.
  const std::unordered_set<std::string>& done;
  // What the plan was told to load rows into (Resolved::existing of the attempt before).
  const Names& existing;
};

// Throws one Error that lists every refused conflict.
Resolved resolve(plan::Builder& plan, const ResolveInput& input);

// The actions of the steps that resolve() adds; the host runs them.
inline constexpr std::string_view kSettleAction = "settle conflict";
void run_settle(Session& target, std::string_view payload);

// Locks a relation and checks that it is the one with this OID (other objects: checks alone).
// Throws Error(55000) naming the object when it was changed since.
void lock_existing(Session& target, const ExistingObject& existing);

}  // namespace pgclone::conflict
