// What the host does for a strategy. Every service may throw Error; a strategy lets it pass.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pgclone/plugin/api.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/model.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone {

class CloneStrategy;

// The job's options: those of the engine and of the strategies that meet in this clone, parsed,
// checked against their schemas and completed with their defaults.
// Asking for an option that no schema declares, or under another type, is a logic error (XX000).
class PGCLONE_API Options {
 public:
  // One of those strategies has it: for who looks at the option of another one.
  [[nodiscard]] virtual bool declared(std::string_view name) const = 0;
  // The user wrote it, as opposed to a default.
  [[nodiscard]] virtual bool given(std::string_view name) const = 0;
  [[nodiscard]] virtual bool boolean(std::string_view name) const = 0;
  [[nodiscard]] virtual std::int64_t integer(std::string_view name) const = 0;
  // Empty when absent.
  [[nodiscard]] virtual std::string_view text(std::string_view name) const = 0;
  [[nodiscard]] virtual std::span<const std::string_view> names(std::string_view name) const = 0;
  // The option as JSON text, whatever its type; empty when absent.
  [[nodiscard]] virtual std::string_view json(std::string_view name) const = 0;

 protected:
  ~Options() = default;
};

enum class Severity : std::uint8_t { debug, info, notice, warning };

// Common to planning and running.
class PGCLONE_API Host {
 public:
  // The source, inside the job's snapshot. While planning and running, its search_path is
  // ddl_search_path() so that deparsed text follows a renamed schema; qualify what you ask for.
  virtual Session& source() = 0;
  // This server, with the caller's rights.
  virtual Session& target() = 0;
  [[nodiscard]] virtual const Options& options() const = 0;
  // A message to the user: NOTICE or WARNING of a synchronous call; kept with the task
  // (pgclone.tasks.notices) and logged in a background one.
  virtual void report(Severity severity, std::string_view message, std::string_view detail = {},
                      std::string_view hint = {}) = 0;
  // Throws when the job is being cancelled. Session calls do it too; for long loops of your own.
  virtual void check_cancelled() = 0;

 protected:
  ~Host() = default;
};

class PGCLONE_API PlanBuilder {
 public:
  virtual void add(const StepSpec& step) = 0;
  // `dependent` must come after `referenced`. Ignored where the plan provides one of them not, so
  // rows of pg_depend can be handed over as they are.
  virtual void depend(ObjectId dependent, ObjectId referenced) = 0;
  // The same for what is only likely, or only better: it gives way where it would close a cycle.
  virtual void prefer(ObjectId dependent, ObjectId referenced) = 0;
  // What the strategy leaves as the target has it: it shows as a skipped task.
  virtual void skip(std::string_view key, std::string_view kind, std::string_view label) = 0;

 protected:
  ~PlanBuilder() = default;
};

// What to clone. Names are exact, without quotes.
struct CloneRequest {
  std::string_view source_schema;
  // Empty for a schema clone as the user submits it. A strategy that is asked by another one
  // (schema asks table) gets all its relations at once, to plan in constant round trips.
  std::span<const std::string_view> relations = {};
  std::string_view target_schema;
  // For a single relation under another name; empty: the source's.
  std::string_view target_relation = {};
  bool include_data = true;
  // The request comes from a schema clone: objects of the source schema other than the relations
  // (types, functions, sequences that no column owns) are cloned as well, by the asker; foreign
  // keys to relations of the schema will be possible.
  bool whole_schema = false;
  // The host makes the target schema before anything else: it need not exist yet.
  bool schema_will_exist = false;
  // The schema that the clone ends up in, where that isn't target_schema: the host makes it beside
  // what it replaces then. What isn't part of the clone, but belongs to the source schema, is found
  // here. Empty: target_schema.
  std::string_view final_schema = {};
};

class PGCLONE_API PlanContext : public Host {
 public:
  [[nodiscard]] virtual const CloneRequest& request() const = 0;
  virtual PlanBuilder& plan() = 0;
  // Whether rows are read under one snapshot ("consistent"): what is read while planning (sequence
  // states) is then at least as new as the rows.
  [[nodiscard]] virtual bool consistent() const = 0;
  // Lets another clone strategy add its steps to the same plan. Unknown, disabled or not named in
  // the entry of the one that asks (`asks`): Error.
  virtual void plan_with(std::string_view strategy, const CloneRequest& request) = 0;
  // Takes ACCESS SHARE locks on source relations until the job's last copy, so that DDL there
  // cannot pull them away. Missing SELECT rights surface here. No-op when not consistent.
  virtual void lock_source_relations(std::string_view schema,
                                     std::span<const std::string_view> relations) = 0;
  // Whether the job that this one resumes has done the step of this key; false when none is
  // resumed. For plans that depend on more than the source's catalogs (on settings, on sizes): what
  // was begun one way can only be finished that way.
  [[nodiscard]] virtual bool finished_before(std::string_view key) const = 0;
  // Whether the conflict strategy keeps the target's relation of this name, for rows to be loaded
  // into it. A plan that makes it all the same is made to leave that out; it is asked for anew
  // first, so that a strategy can look whether the rows fit, and plan for what is there: with steps
  // that are `existing`.
  [[nodiscard]] virtual bool loads_into_existing(std::string_view schema,
                                                 std::string_view relation) const = 0;
  // Tries a statement on the target, where a plan may change nothing, and takes back what it did:
  // the error that it ends in, if any. For what no catalog tells. A cancel passes, as everywhere.
  virtual std::optional<Error> attempt(std::string_view statement) = 0;

 protected:
  ~PlanContext() = default;
};

// One step, as add() got it.
struct StepView {
  std::string_view key;
  std::string_view label;
  std::string_view action;
  std::string_view payload;
};

class PGCLONE_API RunContext : public Host {
 public:
  // Relays a whole COPY and checks its end: the source's final result must be a success and its
  // row count must equal the rows inserted, else an Error. Counts progress. Returns the rows.
  virtual std::uint64_t copy(std::string_view copy_out_sql, const CopyTarget& target) = 0;

 protected:
  ~RunContext() = default;
};

}  // namespace pgclone
