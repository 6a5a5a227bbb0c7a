// What a submitter hands to a coordinator through a dynamic shared memory segment.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "job/spec.hpp"

namespace pgclone::worker {

struct Order {
  std::int32_t job_id = 0;
  std::optional<std::int32_t> resumed_from;
  job::JobSpec spec;
  // With its secrets: it lives in the segment and in these two processes, nowhere else.
  std::string conninfo;
  std::string source_label;
  bool source_has_secret = false;
  bool require_password = false;
};

std::string serialize(const Order& order);
// Throws Error (XX000) when the text is no serialized order.
Order parse_order(std::string_view text);

}  // namespace pgclone::worker
