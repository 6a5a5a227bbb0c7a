// The segment in which an order with a password travels; wiped before it is given back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct dsm_segment;

namespace pgclone::worker {

// The submitter's end. The mapping belongs to the current transaction; destroying this wipes and
// releases it, unless the coordinator did.
class OrderSegment {
 public:
  explicit OrderSegment(std::string_view order);
  ~OrderSegment();
  OrderSegment(const OrderSegment&) = delete;
  OrderSegment& operator=(const OrderSegment&) = delete;

  [[nodiscard]] std::uint32_t handle() const noexcept { return handle_; }

 private:
  dsm_segment* segment_ = nullptr;
  std::uint32_t handle_ = 0;
};

// The coordinator's end: copies the order, wipes the segment, and lets go of it. Throws Error
// (55000) when the submitter is gone and took the segment with it.
std::string take_order(std::uint32_t handle);

}  // namespace pgclone::worker
