// What a step carries from plan() to run(): JSON, since it is stored in the job's queue.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/listed.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::table {

inline constexpr std::string_view kCopyAction = "copy";
inline constexpr std::string_view kSequenceAction = "sequence";
inline constexpr std::string_view kEmptyAction = "empty";

// Where the rows of a copy that changes their encoding come from.
struct CopyOrigin {
  std::string relation;   // qualified and quoted
  std::string condition;  // of the rows; empty: all
};

struct CopyPayload {
  std::string copy_out;  // the whole COPY … TO STDOUT
  std::string schema;
  std::string relation;
  std::vector<std::string> columns;
  CopyFormat format = CopyFormat::text;
  bool freeze = false;
  std::optional<CopyOrigin> converted_from;
  common::Listed source;
  bool hold = false;         // nobody has locked it yet
  bool reads_views = false;  // its condition may
};

struct SequencePayload {
  common::Listed source;
  std::string target;  // qualified and quoted
  bool there = false;  // before the clone
};

// Relations that must have no rows, qualified and quoted.
struct EmptyPayload {
  std::vector<std::string> relations;
  bool held = false;  // by the job, against other fills
};

std::string to_json(const CopyPayload& payload);
std::string to_json(const SequencePayload& payload);
std::string to_json(const EmptyPayload& payload);
// Throw Error (XX000) on text that to_json did not write.
CopyPayload copy_payload(std::string_view json);
SequencePayload sequence_payload(std::string_view json);
EmptyPayload empty_payload(std::string_view json);

}  // namespace pgclone::table
