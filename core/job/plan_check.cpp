#include "job/plan_check.hpp"

#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/shortened.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::job {
namespace {

// How much of a statement a DETAIL shows.
constexpr std::size_t kShown = 500;

[[noreturn]] void refuse(const plan::Step& step, const std::string& statement,
                         const std::string& cause) {
  const std::string_view shown = shortened(statement, kShown);
  throw Error(sqlstate::kProtocolViolation,
              "the source's definition of " + step.kind + " " + step.label + " is refused")
      .with_origin(Origin::source)
      .with_detail(cause + " The statement would be: " + std::string(shown) +
                   (shown == statement ? "" : "..."))
      .with_hint(
          "Nothing of the kind comes from PostgreSQL's own catalogs and functions: look at who "
          "has changed them on the source.");
}

bool is_relation(const std::string& kind) {
  for (const std::string_view relation : {"TABLE", "FOREIGN TABLE", "VIEW", "MATERIALIZED VIEW",
                                          "SEQUENCE", "INDEX", "TYPE", "DOMAIN"})
    if (kind == relation) return true;
  return false;
}

NameSpace space_of(const std::string& kind) {
  if (is_relation(kind)) return NameSpace::relation;
  const bool routine = kind == "FUNCTION" || kind == "PROCEDURE" || kind == "AGGREGATE";
  return routine ? NameSpace::routine : NameSpace::other;
}

class Checker {
 public:
  Checker(const std::vector<plan::Step>& steps, const PlanCheck& check)
      : steps_(steps), check_(check) {}

  void run() {
    for (const plan::Step& step : steps_) {
      // Statements of the engine's own are made of nothing that a source said.
      if (step.strategy.empty()) continue;
      note_creation(step);
      read_all(step, step.statements);
      read_all(step, step.again);
    }
    for (const auto& [step, statement, subject] : changed_)
      if (!is_own(subject))
        refuse(*step, *statement,
               "It changes " + sql::qualified(subject.schema, subject.name) +
                   (subject.space == NameSpace::routine ? "(" + subject.arguments + ")" : "") +
                   ", which is no part of the clone.");
  }

 private:
  struct Change {
    const plan::Step* step;
    const std::string* statement;
    Subject subject;
  };

  using Own = std::tuple<NameSpace, std::string, std::string>;

  // Routines of one name are told apart by what CREATE says of them.
  void note_creation(const plan::Step& step) {
    const NameSpace space = space_of(step.creates.kind);
    if (step.creates.empty() || step.creates.schema != check_.schema || space == NameSpace::routine)
      return;
    own_.emplace(space, step.creates.name, "");
  }

  [[nodiscard]] bool is_own(const Subject& subject) const {
    return own_.contains({subject.space, subject.name, subject.arguments}) ||
           own_.contains({subject.space, subject.name, kAnyArguments});
  }

  // Behind a statement that can't run none of its step will.
  void read_all(const plan::Step& step, const std::vector<std::string>& statements) {
    for (const std::string& statement : statements)
      if (!read(step, statement)) return;
  }

  // False: it can't run.
  bool read(const plan::Step& step, const std::string& statement) {
    check_.waiter.check();
    subjects_.clear();
    try {
      check_.reader.read(statement, subjects_);
    } catch (const Error& error) {
      if (error.is_cancel()) throw;
      if (error.sqlstate() == sqlstate::kProtocolViolation)
        refuse(step, statement, error.message() + ".");
      // It won't run either, and then says why; that may cost a job one object, not all of them.
      return false;
    }
    // Keys are composed of names alone, and may be those of another schema's tables ("outside").
    if (step.kind == "foreign key") return true;
    for (Subject& subject : subjects_) place(step, statement, std::move(subject));
    return true;
  }

  [[nodiscard]] bool into_existing(const plan::Step& step) const {
    return check_.into_existing || step.existing;
  }

  void place(const plan::Step& step, const std::string& statement, Subject subject) {
    if (subject.schema != check_.schema && !(subject.made && subject.space == NameSpace::schema) &&
        !(into_existing(step) && !subject.made))
      refuse(step, statement,
             "It is about " + sql::qualified(subject.schema, subject.name) +
                 ", outside of the schema that is cloned into.");
    if (subject.space == NameSpace::schema) return;
    if (subject.made)
      own_.emplace(subject.space, std::move(subject.name), std::move(subject.arguments));
    else if (!into_existing(step))
      changed_.push_back({&step, &statement, std::move(subject)});
  }

  const std::vector<plan::Step>& steps_;
  const PlanCheck& check_;
  std::set<Own> own_;
  std::vector<Change> changed_;
  std::vector<Subject> subjects_;
};

}  // namespace

void check_plan(const std::vector<plan::Step>& steps, const PlanCheck& check) {
  Checker(steps, check).run();
}

}  // namespace pgclone::job
