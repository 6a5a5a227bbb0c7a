// Which providers of security labels the target has loaded. Header-only, for the strategies that
// make objects which have labels.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/host.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone {

class LabelProviders {
 public:
  explicit LabelProviders(PlanContext& context) : context_(context) {}

  // Whether a label can be given; else the object (`TABLE "s"."t"`) is remembered for report().
  bool accept(const std::string& provider, const std::string& object) {
    const auto known = obstacles_.find(provider);
    const std::string& obstacle = known != obstacles_.end()
                                      ? known->second
                                      : (obstacles_[provider] = find_obstacle(provider));
    if (!obstacle.empty()) lost_[obstacle].push_back(object);
    return obstacle.empty();
  }

  // One WARNING for all labels that accept() refused.
  void report() {
    if (lost_.empty()) return;
    std::size_t count = 0;
    std::string detail;
    for (const auto& [obstacle, objects] : lost_) {
      count += objects.size();
      detail += (detail.empty() ? "" : "\n") + obstacle;
      for (const std::string& object : objects) {
        detail += (&object == objects.data() ? ": " : ", ") + object;
      }
      detail += ".";
    }
    context_.report(Severity::warning,
                    std::to_string(count) + (count == 1 ? " security label is left out"
                                                        : " security labels are left out"),
                    detail,
                    "Load the provider's library on the target, with shared_preload_libraries or "
                    "session_preload_libraries, and clone again.");
  }

  static std::string statement(const std::string& provider, const std::string& object,
                               const std::string& label) {
    return "SECURITY LABEL FOR " + sql::identifier(provider) + " ON " + object + " IS " +
           sql::literal(label);
  }

 private:
  // No catalog lists the providers, but the statement looks for its provider before it looks for
  // its object, and no large object has the number 0.
  std::string find_obstacle(const std::string& provider) {
    const std::string name = sql::identifier(provider);
    const auto error =
        context_.attempt("SECURITY LABEL FOR " + name + " ON LARGE OBJECT 0 IS NULL");
    if (!error || error->sqlstate() == kNoSuchObject) return {};
    if (error->sqlstate() == kNoSuchProvider) return "The target has not loaded provider " + name;
    throw Error(*error);
  }

  static constexpr std::string_view kNoSuchObject = "42704";
  static constexpr std::string_view kNoSuchProvider = "22023";

  PlanContext& context_;
  std::map<std::string, std::string> obstacles_;          // by provider; empty: none
  std::map<std::string, std::vector<std::string>> lost_;  // objects by obstacle
};

}  // namespace pgclone
