#include "job/plan_session.hpp"

#include <algorithm>
#include <utility>

#include "host/plugin_call.hpp"
#include "job/explain.hpp"
#include "job/savepoint.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

constexpr std::string_view kReadOnly = "25006";

// One statement locks this many relations: one round trip for nearly everybody, and no statement of
// many megabytes.
constexpr std::size_t kLockBatch = 50'000;
// A database asks for its schemas, a schema for its tables.
constexpr std::size_t kDeepest = 16;

template <typename Action>
class OnExit {
 public:
  explicit OnExit(Action action) : action_(std::move(action)) {}
  ~OnExit() { action_(); }
  OnExit(const OnExit&) = delete;
  OnExit& operator=(const OnExit&) = delete;

 private:
  Action action_;
};

void explain_write(Error& error, std::string_view strategy) {
  if (error.origin() == Origin::source || error.sqlstate() != kReadOnly) return;
  error.with_detail("Clone strategy \"" + std::string(strategy) +
                    "\" was planning, which changes nothing on either server.");
  error.with_hint("What changes the target belongs into the statements of a step.");
}

}  // namespace

void PlanSession::plan_with(std::string_view strategy, const CloneRequest& request) {
  if (asked_.size() >= kDeepest) refuse_depth(strategy);
  if (!asked_.empty()) demand_named(asked_.back(), strategy);
  const CloneRequest* const outer = std::exchange(request_, &request);
  const std::string outer_strategy = builder_.set_strategy(strategy);
  asked_.emplace_back(strategy);
  const OnExit as_before([&] {
    asked_.pop_back();
    builder_.set_strategy(outer_strategy);
    request_ = outer;
  });
  try {
    call(strategy);
  } catch (Error& error) {
    explain_source_error(error, "while the clone was being planned");
    explain_write(error, strategy);
    throw;
  }
}

void PlanSession::call(std::string_view strategy) {
  bool (*const let_write)(bool) = input_.ports.let_write;
  const bool could = let_write != nullptr && let_write(false);
  const OnExit as_before([&] {
    if (could) let_write(true);
  });
  host::PluginHost& plugins = input_.ports.plugins;
  CloneStrategy& planner = plugins.clone(strategy);
  host::call({"clone", strategy, plugins.plugin_of("clone", strategy), "plan()", {}},
             [&] { planner.plan(*this); });
  source_.demand_open();
  target_.demand_open();
}

// The options of a clone follow from what its strategies say of one another.
void PlanSession::demand_named(std::string_view asking, std::string_view asked) const {
  const std::vector<std::string> named = input_.ports.plugins.asked_by(asking);
  if (std::ranges::find(named, asked) != named.end()) return;
  throw Error(sqlstate::kInternalError, "clone strategy \"" + std::string(asking) + "\" asks \"" +
                                            std::string(asked) +
                                            "\", which its entry does not name")
      .with_detail("The options of strategies that are asked belong to a clone, too.")
      .with_hint("This is a defect of its plugin: report it to its author.");
}

// What lets it write ends with the savepoint.
std::optional<Error> PlanSession::attempt(std::string_view statement) {
  const Savepoint as_it_was(input_.ports.target);
  if (input_.ports.let_write != nullptr) input_.ports.let_write(true);
  try {
    target().execute(statement);
  } catch (const Error& error) {
    if (error.is_cancel()) throw;
    return error;
  }
  return {};
}

void PlanSession::refuse_depth(std::string_view strategy) const {
  std::string chain;
  for (const std::string& asking : asked_) chain += "\"" + asking + "\" asks ";
  throw Error("54001", "clone strategies ask one another without end")
      .with_detail(chain + "\"" + std::string(strategy) + "\".")
      .with_hint("This is a defect of their plugins: report it to their authors.");
}

void PlanSession::lock_source_relations(std::string_view schema,
                                        std::span<const std::string_view> relations) {
  if (!consistent()) return;
  if (same_database_) refuse_own_locks(schema, relations);
  for (std::size_t from = 0; from < relations.size(); from += kLockBatch) {
    const std::size_t count = std::min(kLockBatch, relations.size() - from);
    std::string list;
    for (const auto relation : relations.subspan(from, count))
      list += (list.empty() ? "ONLY " : ", ONLY ") + sql::qualified(schema, relation);
    source().execute("LOCK TABLE " + list + " IN ACCESS SHARE MODE");
  }
}

// In one and the same database, a lock of the caller's own transaction would make the source wait
// for us while we wait for the source; no deadlock detector sees that.
void PlanSession::refuse_own_locks(std::string_view schema,
                                   std::span<const std::string_view> relations) {
  const std::string names = sql::text_array(relations);
  const Param params[] = {schema, names};
  const Result& rows = target().query(
      "SELECT c.relname FROM pg_catalog.pg_locks l "
      "JOIN pg_catalog.pg_class c ON c.oid = l.relation "
      "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
      "WHERE l.pid = pg_catalog.pg_backend_pid() AND l.mode = 'AccessExclusiveLock' "
      "AND l.database = (SELECT oid FROM pg_catalog.pg_database "
      "WHERE datname = pg_catalog.current_database()) "
      "AND n.nspname = $1::text AND c.relname = ANY ($2::text[])",
      params);
  if (rows.rows() == 0) return;
  throw Error(
      sqlstate::kObjectNotInPrerequisiteState,
      "table " + sql::qualified(schema, rows.text(0, 0)) + " is locked by this very transaction")
      .with_detail("The source is this database, so the clone would wait for itself.")
      .with_hint("Commit first, then clone.");
}

}  // namespace pgclone::job
