// Plain values of the contract: objects, steps, conflicts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pgclone/plugin/api.hpp"

namespace pgclone {

// An object of the *source*: OIDs of its catalog (pg_class = 1259, pg_proc = 1255, …) and of its
// row.
struct ObjectId {
  std::uint32_t classid = 0;
  std::uint32_t objid = 0;
  friend bool operator==(const ObjectId&, const ObjectId&) = default;
};

namespace catalog {  // the OIDs of system catalogs are fixed (src/include/catalog/*.h)
inline constexpr std::uint32_t kType = 1247;
inline constexpr std::uint32_t kProc = 1255;
inline constexpr std::uint32_t kClass = 1259;
inline constexpr std::uint32_t kAttrdef = 2604;
inline constexpr std::uint32_t kConstraint = 2606;
inline constexpr std::uint32_t kNamespace = 2615;
inline constexpr std::uint32_t kOperator = 2617;
inline constexpr std::uint32_t kRewrite = 2618;
inline constexpr std::uint32_t kTrigger = 2620;
inline constexpr std::uint32_t kCollation = 3456;
inline constexpr std::uint32_t kPolicy = 3256;
inline constexpr std::uint32_t kStatisticExt = 3381;
}  // namespace catalog

// An object of the *target*, by the words of SQL: what a step makes, what a conflict is about.
// kind is the word that ALTER and DROP use: TABLE, FOREIGN TABLE, VIEW, MATERIALIZED VIEW,
// SEQUENCE, INDEX, TYPE, DOMAIN, FUNCTION, PROCEDURE, AGGREGATE, COLLATION, …
struct ObjectName {
  std::string_view kind;
  std::string_view schema;
  std::string_view name;
  // With their parentheses: of routines as sql::kRoutineArguments prints them, of operators the
  // types of both sides.
  std::string_view arguments = {};
};

// When a step runs, relative to others of its group. Groups are ordered by their dependencies
// alone.
enum class Phase : std::uint8_t {
  define,  // the empty object
  load,    // its rows
  finish,  // keys, indexes, constraints, triggers, comments, sequence state
};

// Points that the whole job passes; a step may wait for one. They count what has ended, well or
// badly: a failed table doesn't keep the others' foreign keys from being made.
enum class Milestone : std::uint8_t {
  none,
  copied,  // every group has ended that waits for no milestone, nor needs one that does
  loaded,  // in addition: every group has ended that waits for `copied` alone
  linked,  // in addition: every group has ended that waits for `loaded` alone
};

// The group of the steps that make a schema of the target.
PGCLONE_API std::string schema_group(std::string_view schema);

// One unit of a plan. Steps of one group run in one transaction of the target, together with the
// record that they are done; groups run in any order that their dependencies allow, in parallel.
// Everything is copied by PlanBuilder::add().
struct StepSpec {
  // What runs together, e.g. `table "s"."t"`. Unique names of the target, stable from plan to plan
  // (a resumed job recognises finished work by them), so never an OID.
  std::string_view group;
  // Unique in the whole plan and stable likewise, e.g. `table "s"."t" index "i"`.
  std::string_view key;
  // What users see: "table", "index", "foreign key", "view", …
  std::string_view kind;
  // The relation or object that users know, qualified and quoted, e.g. `"s"."t"`.
  std::string_view label;
  Phase phase = Phase::define;
  Milestone after = Milestone::none;
  // Executed first, in order, on the target. Unqualified names resolve in the target schema.
  std::span<const std::string_view> statements = {};
  // If not empty, the strategy's run() is called next with both.
  std::string_view action = {};
  std::string_view payload = {};
  // Source objects that exist on the target once this step is done (PlanBuilder::depend uses them).
  std::span<const ObjectId> provides = {};
  // What the step makes, if it can collide with something on the target; kind empty: nothing.
  ObjectName creates = {};
  // The source object (as some step provides it) that this step belongs to: if that one is skipped
  // in a conflict, so is this step. Zero: the step stands for itself.
  ObjectId belongs_to = {};
  // Bytes to move, or any figure that compares with them; where there is no action, nothing moves,
  // and it is `effort`. Of the groups that can run, the one with the most expensive chain of work
  // behind it starts first.
  std::uint64_t cost = 0;
  // The same for work that moves no bytes (an index build): it counts for the order, and where it
  // is large, and the group reads nothing from the source, as a processor of the target kept busy.
  std::uint64_t effort = 0;
  // The key of a step that stands for a set of steps which are done all or none, this one among
  // them: a job that resumes another takes this step as done exactly if that one is. Empty: the
  // step stands for itself.
  std::string_view whole = {};
  // Executed before `statements` by a job that resumes one in which this step was done, but not its
  // `whole`: takes back what the set had done.
  std::span<const std::string_view> again = {};
  // The step makes nothing: it is about something that the target has, and its statements hold
  // nothing that the source said. `creates` then names what Resolution::load_into_existing() kept:
  // before() comes in front of the first such step of an object, after() behind the last one.
  bool existing = false;
  // Not empty: `statements` may fail, and nothing else with them. What they did is taken back, the
  // group goes on, and a WARNING says this text, which names the object, with the cause as DETAIL
  // and `remedy` as HINT. The step is done then, also for a job that resumes this one. What is no
  // fault of the object (a cancel, a full disk, a deadlock) fails the group as ever. Only without
  // an action.
  std::string_view failure = {};
  std::string_view remedy = {};
};

// An existing object of the target in the way of one that a plan makes.
struct Conflict {
  ObjectName existing;
  // Indexes, constraints' indexes and owned sequences of the existing relation; they move with it.
  std::span<const ObjectName> parts;
  // Descriptions of objects outside the clone that depend on the existing one.
  std::span<const std::string_view> outside_dependants;
};

}  // namespace pgclone
