// The PlanContext that the engine gives to clone strategies.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "job/lent_session.hpp"
#include "job/planner.hpp"
#include "plan/builder.hpp"

namespace pgclone::job {

class PlanSession final : public PlanContext {
 public:
  PlanSession(const PlanInput& input, plan::Builder& builder, bool same_database,
              const conflict::Names& existing)
      : input_(input), builder_(builder), same_database_(same_database), existing_(existing) {}

  Session& source() override { return source_.of(input_.source.keeper()); }
  Session& target() override { return target_.of(input_.ports.target); }
  [[nodiscard]] const Options& options() const override { return input_.options; }
  void report(Severity severity, std::string_view message, std::string_view detail,
              std::string_view hint) override {
    input_.reporter.report(severity, message, detail, hint);
  }
  void check_cancelled() override { input_.ports.waiter.check(); }

  [[nodiscard]] const CloneRequest& request() const override { return *request_; }
  PlanBuilder& plan() override { return builder_; }
  [[nodiscard]] bool consistent() const override { return input_.source.consistent(); }
  void plan_with(std::string_view strategy, const CloneRequest& request) override;
  void lock_source_relations(std::string_view schema,
                             std::span<const std::string_view> relations) override;
  [[nodiscard]] bool finished_before(std::string_view key) const override {
    return input_.earlier.steps.contains(std::string(key));
  }
  [[nodiscard]] bool loads_into_existing(std::string_view schema,
                                         std::string_view relation) const override {
    return existing_.contains({std::string(schema), std::string(relation)});
  }
  std::optional<Error> attempt(std::string_view statement) override;

 private:
  void call(std::string_view strategy);
  void demand_named(std::string_view asking, std::string_view asked) const;
  [[noreturn]] void refuse_depth(std::string_view strategy) const;
  void refuse_own_locks(std::string_view schema, std::span<const std::string_view> relations);

  const PlanInput& input_;
  plan::Builder& builder_;
  bool same_database_;
  const conflict::Names& existing_;
  const CloneRequest* request_ = nullptr;
  LentSession source_{"source"};
  LentSession target_{"target"};
  std::vector<std::string> asked_;  // strategies that wait for one another, the outermost first
};

}  // namespace pgclone::job
