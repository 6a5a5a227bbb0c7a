// DEPENDS ON EXTENSION: routines, triggers, indexes and materialized views that are dropped with an
// extension which they don't belong to.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pgclone/plugin/host.hpp"

namespace pgclone::common {

inline constexpr std::uint32_t kExtension = 3079;  // pg_extension

class ExtensionMarks {
 public:
  struct Extension {
    std::string name;
    std::string schema;
    bool there = false;        // the target has it
    bool can_be_made = false;  // the target lacks it, may have it, and so the option says
  };

  // Reads the marks of all objects of the source, and which extensions the target has.
  explicit ExtensionMarks(PlanContext& context);

  [[nodiscard]] bool empty() const { return marks_.empty(); }
  // By their OIDs: those that a mark names.
  [[nodiscard]] const std::map<std::uint32_t, Extension>& extensions() const { return extensions_; }
  // Those that the marks of statements() name.
  [[nodiscard]] const std::set<std::uint32_t>& named() const { return named_; }

  // What marks an object as it is on the source. `target`: what ALTER calls it, INDEX "s"."i". What
  // cannot be had is remembered.
  std::vector<std::string> statements(ObjectId object, const std::string& target);
  // One WARNING for all that statements() left out.
  void report();

 private:
  PlanContext& context_;
  std::map<std::uint32_t, Extension> extensions_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::uint32_t>> marks_;
  std::set<std::uint32_t> named_;
  std::map<std::string, std::vector<std::string>> lost_;  // objects by extension
};

}  // namespace pgclone::common
