// The states of a job and of a task, and the words that users see for them.
#pragma once

#include <cstdint>
#include <string_view>

#include "pgclone/plugin/api.hpp"

namespace pgclone::job {

// pending -> running -> completed | failed | cancelled; pending -> failed | cancelled.
enum class Status : std::uint8_t { pending, running, completed, failed, cancelled };

PGCLONE_API std::string_view to_text(Status status);
PGCLONE_API bool is_final(Status status);
// The one table of legal moves.
PGCLONE_API bool may_become(Status from, Status to);

// pending -> running -> completed | failed | skipped | cancelled; running -> pending is a retry.
enum class TaskStatus : std::uint8_t { pending, running, completed, failed, skipped, cancelled };

PGCLONE_API std::string_view to_text(TaskStatus status);

}  // namespace pgclone::job
