// The slots of background jobs: who claims, attaches, finishes and reads them.
//
//   (free) --claim--> pending --attach--> running --finish--> completed | failed | cancelled
//      ^                 |                                               |
//      +----abandon------+                  +----- clear, or reused -----+
//
// Unless a comment says otherwise these are C frames that may raise: call them under
// guard::server_call(), and only when available(). Include last.
#pragma once

#include "shmem/layout.hpp"

namespace pgclone::shmem {

// A job's slot. Stale once another job has claimed the place: every function checks it.
struct SlotRef {
  int index;
  uint64 generation;
};

// One moment of a slot.
struct SlotView {
  SlotRef ref;
  bool attached;
  bool cancel_requested;
  job::Status status;
  SlotIdentity identity;
  TimestampTz start_time;
  TimestampTz end_time;
  int coordinator_pid;
  SlotError error;
  SlotTexts texts;
  uint64 rows;
  uint64 bytes;
  uint64 work;
  uint64 bytes_total;
  uint64 tasks_total;
  uint64 tasks_done;
  uint64 tables_total;
  uint64 tables_done;
  uint64 retries;
  TimestampTz work_since;
};

enum class Claimed { yes, all_busy, already_resumed };

struct Claim {
  Claimed outcome;
  SlotRef ref;
  int32 other_job;  // the one that already resumes the same job
};

// Takes a slot for a job of this process: a free one, else the one that finished longest ago.
// Slots whose submitter died before a coordinator came are reaped first.
Claim claim(const SlotIdentity& identity);
// The submitter gives up: the place is free, and a coordinator that still comes finds it taken
// away.
void abandon(SlotRef ref);

// By the coordinator. adopt: this process serves the job now; false when it was abandoned.
bool adopt(SlotRef ref);
// It has all that it needs and goes on alone; wakes the submitter.
void attach(SlotRef ref);
// The verdict; ignored when there is one. `error` is null for a completed job. `recorded`: the
// journal has it, too.
void finish(SlotRef ref, job::Status status, const SlotError* error, bool recorded);
// This process serves the job no longer; with that error as its verdict if it has none.
void leave(SlotRef ref, job::Status status, const SlotError& error);

// Whether the slot is still this job's; fills the view.
bool read(SlotRef ref, SlotView* view);
// The slot of a job of this database.
bool find(int32 job_id, SlotView* view);
// All slots of this database in a palloc'ed array; returns their number.
int list(SlotView** views);

// Raises the job's stop flag and interrupts its coordinator. False when the job has ended.
bool request_cancel(SlotRef ref);
// Makes a finished job's slot free.
bool clear(SlotRef ref);
// Sleeps until the job has ended or its slot is gone (true), or until the deadline (false);
// DT_NOEND: no limit. Serves interrupts.
bool wait_for_end(SlotRef ref, TimestampTz deadline);

// Plain memory, never raises.
Slot& slot_at(int index) noexcept;
// Copies text into a field of `size` bytes, cut at a character's border.
void clip(char* field, size_t size, const char* text, size_t length) noexcept;

}  // namespace pgclone::shmem
