#pragma once

#include "pgclone/plugin/session.hpp"

namespace pgclone::job {

// Takes back, on every way out, what was done since, unless it was kept.
class Savepoint {
 public:
  explicit Savepoint(Session& session) : session_(session) { session.savepoint(); }
  ~Savepoint() { undo(); }
  Savepoint(const Savepoint&) = delete;
  Savepoint& operator=(const Savepoint&) = delete;

  void keep() {
    session_.forget_savepoint();
    open_ = false;
  }
  void undo() noexcept {
    if (open_) session_.back_to_savepoint();
    open_ = false;
  }

 private:
  Session& session_;
  bool open_ = true;
};

}  // namespace pgclone::job
