// What a conflict strategy decided about one existing object.
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "conflict/names.hpp"
#include "pgclone/plugin/strategy.hpp"

namespace pgclone::conflict {

class RecordedResolution final : public Resolution {
 public:
  explicit RecordedResolution(NameSpace& names) : names_(names) {}

  void leave() override { leaves = true; }
  void refuse(std::string_view why, std::string_view hint, std::string_view sqlstate) override {
    refused = true;
    refusal = why;
    refusal_hint = hint;
    refusal_sqlstate = sqlstate;
  }
  void before(std::string_view statement) override { statements_before.emplace_back(statement); }
  void build_beside() override { beside = true; }
  void load_into_existing() override { into_existing = true; }
  void after(std::string_view statement) override { statements_after.emplace_back(statement); }
  void notice(std::string_view message) override { notices.emplace_back(message); }
  std::string_view free_name(const ObjectName& base, std::string_view suffix) override {
    return given_names_.emplace_back(names_.claim(base, suffix));
  }

  bool leaves = false;
  bool refused = false;
  bool beside = false;
  bool into_existing = false;
  std::string refusal;
  std::string refusal_hint;
  std::string refusal_sqlstate;  // empty: that of an object in the way
  std::vector<std::string> statements_before;
  std::vector<std::string> statements_after;
  std::vector<std::string> notices;

 private:
  NameSpace& names_;
  std::deque<std::string> given_names_;  // stable addresses for the views handed out
};

}  // namespace pgclone::conflict
