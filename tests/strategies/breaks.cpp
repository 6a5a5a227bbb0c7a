// Strategies that break in every way that the option "how" names.
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>

#include "pgclone/plugin/define.hpp"
#include "pgclone/plugin/sql.hpp"

namespace {

void fail(std::string_view how, std::string_view where) {
  const std::string text(where);
  if (how == text + "_std") throw std::runtime_error("out of luck");
  if (how == text + "_other") throw 42;
  if (how == text + "_memory") throw std::bad_alloc();
}

void end_transaction(std::string_view how, std::string_view where, pgclone::Host& host) {
  const std::string text(where);
  if (how == text + "_begins") host.source().begin(pgclone::TransactionMode::read_write);
  if (how == text + "_commits") host.target().commit();
  if (how == text + "_rolls_back") host.target().rollback();
  if (how == text + "_says_commit") host.source().execute("COMMIT");
}

class Breaks final : public pgclone::CloneStrategy {
 public:
  void plan(pgclone::PlanContext& context) override {
    const std::string_view how = context.options().text("how");
    fail(how, "plan");
    end_transaction(how, "plan", context);
    if (how == "plan_itself") context.plan_with("breaks", context.request());
    if (how == "plan_asks_others") context.plan_with("table", context.request());
    if (how == "plan_writes") context.target().execute("CREATE TABLE s.written ()");
    add(context, "first", "");
    add(context, "broken", "break");
    add(context, "last", "");
  }

  void run(const pgclone::StepView& /*step*/, pgclone::RunContext& context) override {
    const std::string_view how = context.options().text("how");
    fail(how, "run");
    end_transaction(how, "run", context);
  }

 private:
  static void add(pgclone::PlanContext& context, std::string_view name, std::string_view action) {
    const std::string_view schema = context.request().target_schema;
    const std::string text = "CREATE TABLE " + pgclone::sql::qualified(schema, name) + " ()";
    const std::string_view statement = text;
    pgclone::StepSpec step;
    step.creates = {.kind = "TABLE", .schema = schema, .name = name};
    step.group = step.key = step.label = name;
    step.kind = "thing";
    step.statements = {&statement, 1};
    step.action = action;
    context.plan().add(step);
  }
};

class BreaksToo final : public pgclone::ConflictStrategy {
 public:
  void decide(const pgclone::Conflict& /*conflict*/, const pgclone::Options& options,
              pgclone::Resolution& out) const override {
    const std::string_view how = options.text("how");
    fail(how, "decide");
    if (how == "refuse") return out.refuse("it is broken", "Repair it.", "55006");
    if (how == "refuse_plainly") return out.refuse("it is broken", "Say \"cascade\" to it.");
    out.leave();
  }
};

constexpr const char* kOptions = R"([{"name": "how", "type": "string", "doc": "How it breaks"}])";

}  // namespace

PGCLONE_PLUGIN("breaks", "1.0",
               pgclone::clone_entry<Breaks>("breaks", "Breaks", kOptions, "breaks"),
               pgclone::conflict_entry<BreaksToo>("breaks", "Breaks", kOptions))
