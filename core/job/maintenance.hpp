// How much of the server a job's index builds and validations may take.
#pragma once

#include <cstdint>

#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

class Maintenance {
 public:
  // For the whole session, one of so many that work on the job: its share of the setting
  // pgclone.maintenance_work_mem, if there is one. Where several work, none has parallel helpers:
  // these take a quarter more CPU in sum, and all CPUs have work.
  Maintenance(Session& target, std::uint32_t workers);

  // Workers of the job that have nothing to do may be replaced by helpers, until the transaction
  // ends; no more than the server's own setting allows.
  void let_help(std::uint32_t idle_workers);

 private:
  Session& target_;
  std::uint32_t most_helpers_ = 0;
};

}  // namespace pgclone::job
