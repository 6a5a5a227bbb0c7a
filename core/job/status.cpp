#include "job/status.hpp"

namespace pgclone::job {

std::string_view to_text(Status status) {
  constexpr std::string_view kWords[] = {"pending", "running", "completed", "failed", "cancelled"};
  return kWords[static_cast<std::size_t>(status)];
}

bool is_final(Status status) {
  return status != Status::pending && status != Status::running;
}

bool may_become(Status from, Status to) {
  switch (from) {
    case Status::pending:
      return to == Status::running || to == Status::failed || to == Status::cancelled;
    case Status::running:
      return is_final(to);
    case Status::completed:
    case Status::failed:
    case Status::cancelled:
      return false;
  }
  return false;
}

std::string_view to_text(TaskStatus status) {
  constexpr std::string_view kWords[] = {"pending", "running", "completed",
                                         "failed",  "skipped", "cancelled"};
  return kWords[static_cast<std::size_t>(status)];
}

}  // namespace pgclone::job
