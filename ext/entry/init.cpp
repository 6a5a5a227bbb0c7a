// The library's entry point.
#include "guc/settings.hpp"
#include "pgclone/plugin/api.hpp"
#include "shmem/startup.hpp"

#include "server.hpp"

PGCLONE_MODULE_MAGIC;

// Runs in the postmaster when the library is preloaded, else in the session that first calls one
// of our functions: then there are settings, but no shared memory, and so no background jobs.
extern "C" PGCLONE_API void _PG_init(void);

extern "C" void _PG_init(void) {
  pgclone::guc::define_settings(process_shared_preload_libraries_in_progress);
  if (process_shared_preload_libraries_in_progress) pgclone::shmem::install_hooks();
}
