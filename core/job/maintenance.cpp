#include "job/maintenance.hpp"

#include <algorithm>
#include <string>

#include "job/settings.hpp"
#include "job/transaction.hpp"

namespace pgclone::job {
namespace {

constexpr std::int64_t kLeastKilobytes = 1024;  // the server's own minimum

}  // namespace

Maintenance::Maintenance(Session& target, std::uint32_t workers) : target_(target) {
  in_transaction(target_, [&] {
    most_helpers_ =
        static_cast<std::uint32_t>(setting(target_, "max_parallel_maintenance_workers", 0));
    const std::int64_t budget = setting(target_, "pgclone.maintenance_work_mem", -1);
    if (workers > 1) target_.execute("SET max_parallel_maintenance_workers = 0");
    if (budget < 0) return;
    const std::int64_t share = std::max(budget / workers, kLeastKilobytes);
    target_.execute("SET maintenance_work_mem = '" + std::to_string(share) + "kB'");
  });
}

void Maintenance::let_help(std::uint32_t idle_workers) {
  const std::uint32_t helpers = std::min(idle_workers, most_helpers_);
  if (helpers == 0) return;
  target_.execute("SET LOCAL max_parallel_maintenance_workers = " + std::to_string(helpers));
}

}  // namespace pgclone::job
