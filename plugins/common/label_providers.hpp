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
  explicit LabelProviders(Host& host) : host_(host) {}

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
    host_.report(Severity::warning,
                 std::to_string(count) +
                     (count == 1 ? " security label is left out" : " security labels are left out"),
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
  std::string find_obstacle(const std::string& provider) {
    const std::string name = "provider " + sql::identifier(provider);
    if (!host_.target()
             .query(
                 "SELECT EXISTS (SELECT FROM pg_catalog.pg_language l WHERE l.lanname = 'plpgsql'"
                 " AND pg_catalog.has_language_privilege(l.oid, 'USAGE'))")
             .boolean(0, 0)) {
      return "Without plpgsql the target cannot be asked for " + name;
    }
    return is_loaded(provider) ? "" : "The target has not loaded " + name;
  }

  // No catalog lists the providers, but the statement looks for its provider before it looks for
  // its object, and no large object has the number 0. The block takes the error back; a setting
  // that ends with the transaction carries the answer out of it.
  bool is_loaded(const std::string& provider) {
    Session& target = host_.target();
    const bool own_transaction = !target.in_transaction();
    if (own_transaction) target.begin(TransactionMode::read_write);
    target.execute(
        "DO " +
        sql::literal("BEGIN EXECUTE " +
                     sql::literal("SECURITY LABEL FOR " + sql::identifier(provider) +
                                  " ON LARGE OBJECT 0 IS NULL") +
                     "; EXCEPTION"
                     " WHEN undefined_object THEN"
                     " PERFORM pg_catalog.set_config('pgclone_label_provider.loaded', 'yes', true);"
                     " WHEN invalid_parameter_value THEN"
                     " PERFORM pg_catalog.set_config('pgclone_label_provider.loaded', 'no', true);"
                     " END") +
        " LANGUAGE plpgsql");
    const bool loaded =
        target.query("SELECT pg_catalog.current_setting('pgclone_label_provider.loaded')")
            .text(0, 0) == "yes";
    if (own_transaction) target.commit();
    return loaded;
  }

  Host& host_;
  std::map<std::string, std::string> obstacles_;          // by provider; empty: none
  std::map<std::string, std::vector<std::string>> lost_;  // objects by obstacle
};

}  // namespace pgclone
