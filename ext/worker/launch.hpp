// Starts background jobs.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "job/spec.hpp"
#include "worker/source.hpp"

namespace pgclone::worker {

// Throws Error (55000) with the line for postgresql.conf when the library was not preloaded.
void require_preload();

// Starts a job of the current user and returns its number, once its coordinator is connected and
// has taken everything over. It then runs whatever the caller's transaction does.
// In a SQL function. Throws 55000 (not preloaded; already resumed), 53400 (pgclone.max_jobs),
// 53000 (max_worker_processes), 42501 (a role for which nobody can log in), and what the worker
// failed of. Afterwards nothing is left of the attempt.
std::int32_t launch(const job::JobSpec& spec, const ResolvedSource& source,
                    std::optional<std::int32_t> resumed_from = std::nullopt);

}  // namespace pgclone::worker
