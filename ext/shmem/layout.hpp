// What lies in shared memory: a header and one slot per background job. Plain data, in the order of
// who may write it. Include last, with server.hpp.
#pragma once

#include "job/status.hpp"

#include "server.hpp"

namespace pgclone::shmem {

inline constexpr uint32 kLayoutVersion = 3;

// Who a job is; written by the submitter before anybody can see the slot. Names are for display,
// clipped to what an identifier may have; the job itself reads its spec from the segment.
struct SlotIdentity {
  Oid database;
  Oid extension;  // numbers begin anew when it is dropped and made again
  int32 job_id;
  // The role whose job it is, and the one that can log in for it (differs after SET ROLE).
  Oid owner;
  Oid login_role;
  int32 resumed_from;  // 0: none
  dsm_handle segment;  // spec and connection string; gone once the coordinator has attached
  char strategy[NAMEDATALEN];
  char schema_name[NAMEDATALEN];
  char table_name[NAMEDATALEN];
};

// What the coordinator is at, for people to look at: long labels are clipped. Under the slot's
// spinlock: written often, and by a function that must neither block nor raise.
struct SlotTexts {
  char phase[NAMEDATALEN];
  char current_kind[NAMEDATALEN];
  char current[512];
  char snapshot[NAMEDATALEN];
};

// The verdict in short. The journal has the error in full; this is what remains when even the
// journal could not be written, and what a transaction with an older snapshot sees.
struct SlotError {
  char sqlstate[6];
  char message[1024];
  char detail[1024];
  char hint[512];
};

struct SlotCounters {
  pg_atomic_uint64 rows;
  pg_atomic_uint64 bytes;
  pg_atomic_uint64 work;
  pg_atomic_uint64 bytes_total;
  pg_atomic_uint64 tasks_total;
  pg_atomic_uint64 tasks_done;
  pg_atomic_uint64 tables_total;
  pg_atomic_uint64 tables_done;
  pg_atomic_uint64 retries;
  // TimestampTz from which work is counted; 0 before.
  pg_atomic_uint64 work_since;
};

struct Slot {
  // Under the header's lock.
  uint64 generation;  // grows with each claim: a reference to an earlier job is recognised
  bool in_use;
  bool attached;  // the coordinator has taken the job over from the submitter
  job::Status status;
  bool recorded;  // the journal has its verdict
  SlotIdentity identity;
  TimestampTz start_time;
  TimestampTz end_time;
  int submitter_pid;
  PGPROC* submitter;
  int coordinator_pid;  // 0 when there is none (any more)
  PGPROC* coordinator;
  SlotError error;

  slock_t mutex;
  SlotTexts texts;

  SlotCounters counters;
  pg_atomic_uint32 cancel_requested;
  // Woken with every change of status.
  ConditionVariable changed;
  // Woken with every change of the job's queue. Here and not in the job's segment: a process that
  // is ended in its sleep leaves the variable after its segments are unmapped.
  ConditionVariable queue_changed;
};

// A pool worker, for people to look at. As many as the server can have background workers.
struct PoolWorker {
  // Under the header's lock.
  bool in_use;
  int slot;  // its job
  uint64 generation;
  int number;
  int pid;
  TimestampTz start_time;

  slock_t mutex;
  char current_kind[NAMEDATALEN];
  char current[512];

  pg_atomic_uint64 rows;
  pg_atomic_uint64 bytes;
  pg_atomic_uint64 tables_done;
};

struct Header {
  uint32 version;
  int slot_count;
  int worker_count;
  LWLock* lock;
  // Behind the header; a server that forks maps them at one address in every process.
  Slot* slots;
  PoolWorker* workers;
};

}  // namespace pgclone::shmem
