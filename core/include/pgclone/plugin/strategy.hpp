// The three kinds of strategy. A strategy object lives in one process, for one job; it has no
// statics, starts no threads, and just throws Error: the host does all the guarding.
#pragma once

#include <string_view>

#include "pgclone/plugin/host.hpp"

namespace pgclone {

// Reads the source's catalogs and turns a request into steps; executes the steps that are more
// than SQL statements.
class PGCLONE_API CloneStrategy {
 public:
  // In the coordinator, inside a read-only look at both servers: changes nothing on either.
  virtual void plan(PlanContext& context) = 0;
  // In any worker, inside the step's transaction. Repeatable: after a rollback it may be called
  // again for the same step. Only called for steps with an action.
  virtual void run(const StepView& step, RunContext& context) = 0;

 protected:
  ~CloneStrategy() = default;
};

// How a conflict is settled; filled in by a ConflictStrategy, carried out by the host.
class PGCLONE_API Resolution {
 public:
  // Leave the existing object wholly untouched; the task is marked skipped.
  virtual void leave() = 0;
  // The job fails before anything changes; all refusals are listed together, under the SQLSTATE of
  // the first: 42P07 for a table and 42710 for other objects where none is given.
  virtual void refuse(std::string_view why, std::string_view hint = {},
                      std::string_view sqlstate = {}) = 0;
  // Make the new object under its own name, after these statements (in its transaction).
  virtual void before(std::string_view statement) = 0;
  // Build the whole clone beside the existing objects, and put it in their place in one
  // transaction at the end. The statements of after() make room there: they run under lock, before
  // the new object takes its place.
  virtual void build_beside() = 0;
  // Do not make the object; load the rows into the existing one, after the statements of before().
  virtual void load_into_existing() = 0;
  // In the object's transaction, after everything else of it; see build_beside() for its meaning
  // there.
  virtual void after(std::string_view statement) = 0;
  // A NOTICE for the user.
  virtual void notice(std::string_view message) = 0;
  // The first name of the form <base><suffix>, <base><suffix>_2, … that fits into 63 bytes, splits
  // no UTF-8 character, and is free among the kind's names in the schema; it is taken from then on.
  // The view is valid as long as the Resolution.
  virtual std::string_view free_name(const ObjectName& base, std::string_view suffix) = 0;

 protected:
  ~Resolution() = default;
};

// Decides, never acts: no I/O of its own.
class PGCLONE_API ConflictStrategy {
 public:
  virtual void decide(const Conflict& conflict, const Options& options, Resolution& out) const = 0;

 protected:
  ~ConflictStrategy() = default;
};

class PGCLONE_API SnapshotStrategy {
 public:
  // Begins the keeper's transaction. Returns the snapshot's identifier, empty if it has none;
  // valid as long as the strategy.
  virtual std::string_view acquire(Session& keeper) = 0;
  // Begins a transaction on another source session, on the same snapshot.
  virtual void adopt(Session& session, std::string_view snapshot) = 0;
  // Ends the keeper's transaction.
  virtual void release(Session& keeper) noexcept = 0;
  // Whether all sessions see one moment, and so whether a session may stay in one transaction
  // from the first copy to the last.
  [[nodiscard]] virtual bool consistent() const noexcept = 0;

 protected:
  ~SnapshotStrategy() = default;
};

}  // namespace pgclone
