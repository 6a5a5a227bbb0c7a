#include "worker/slot_keeper.hpp"

#include <cstring>

#include "worker/stop_signal.hpp"

#include "server.hpp"

namespace pgclone::worker {

namespace {

// One slot per process; plain data that is there until the very end of it.
shmem::SlotRef held{-1, 0};
shmem::SlotError last_error{};
emit_log_hook_type previous_log_hook = nullptr;

template <size_t size>
void put(char (&field)[size], const char* text) noexcept {
  if (text == nullptr) text = "";
  shmem::clip(field, size, text, strlen(text));
}

// The server tells nobody why it ends a process, but it logs it.
void remember_error(ErrorData* data) {
  if (data->elevel >= ERROR) {
    put(last_error.sqlstate, unpack_sql_state(data->sqlerrcode));
    put(last_error.message, data->message);
    put(last_error.detail, data->detail);
    put(last_error.hint, data->hint);
  }
  if (previous_log_hook != nullptr) previous_log_hook(data);
}

void leave_slot(int, Datum) {
  if (last_error.message[0] == '\0') {
    put(last_error.sqlstate, "57P01");
    put(last_error.message, "the job's background worker ended before the job did");
  }
  if (last_error.hint[0] == '\0') {
    snprintf(last_error.hint, sizeof last_error.hint,
             "SELECT pgclone.resume(%d) goes on where the job ended.",
             shmem::slot_at(held.index).identity.job_id);
  }
  const bool cancelled = was_stopped() && strcmp(last_error.sqlstate, "57014") == 0;
  shmem::leave(held, cancelled ? job::Status::cancelled : job::Status::failed, last_error);
}

}  // namespace

bool take_slot(shmem::SlotRef ref) {
  if (!shmem::adopt(ref)) return false;
  held = ref;
  previous_log_hook = emit_log_hook;
  emit_log_hook = remember_error;
  // Registered before the connection's own callbacks, so it runs after the rollback of the last
  // transaction: who sees the verdict sees no unfinished work.
  before_shmem_exit(leave_slot, 0);
  return true;
}

shmem::SlotError slot_error(const Error& error) noexcept {
  shmem::SlotError out{};
  put(out.sqlstate, error.sqlstate().c_str());
  put(out.message, error.message().c_str());
  put(out.detail, error.detail().c_str());
  put(out.hint, error.hint().c_str());
  return out;
}

}  // namespace pgclone::worker
