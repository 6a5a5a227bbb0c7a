#include "worker/order.hpp"

#include <cstring>

#include "pgclone/plugin/error.hpp"

namespace pgclone::worker {

namespace {

void put(std::string& out, std::string_view text) {
  const std::uint64_t size = text.size();
  out.append(reinterpret_cast<const char*>(&size), sizeof size);
  out.append(text);
}

std::string take(std::string_view& in) {
  std::uint64_t size = 0;
  if (in.size() >= sizeof size) {
    std::memcpy(&size, in.data(), sizeof size);
    in.remove_prefix(sizeof size);
    if (size <= in.size()) {
      std::string text(in.substr(0, size));
      in.remove_prefix(size);
      return text;
    }
  }
  throw Error(sqlstate::kInternalError, "the order of a background job is damaged")
      .with_detail("Its segment in shared memory is shorter than it says.")
      .with_hint("Submit the job again.");
}

}  // namespace

std::string serialize(const Order& order) {
  std::string out;
  put(out, std::to_string(order.job_id));
  put(out, order.resumed_from ? std::to_string(*order.resumed_from) : "");
  put(out, order.spec.strategy);
  put(out, order.spec.to_json());
  put(out, order.conninfo);
  put(out, order.source_label);
  put(out, order.source_has_secret ? "t" : "f");
  put(out, order.require_password ? "t" : "f");
  return out;
}

Order parse_order(std::string_view text) {
  Order order;
  order.job_id = std::stoi(take(text));
  if (const std::string from = take(text); !from.empty()) order.resumed_from = std::stoi(from);
  const std::string strategy = take(text);
  order.spec = job::JobSpec::from_json(strategy, take(text));
  order.conninfo = take(text);
  order.source_label = take(text);
  order.source_has_secret = take(text) == "t";
  order.require_password = take(text) == "t";
  return order;
}

}  // namespace pgclone::worker
