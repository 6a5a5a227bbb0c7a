// Reserves and initialises pgclone's shared memory.
#pragma once

namespace pgclone::shmem {

struct Header;

// Chains into the server's shared memory hooks. From _PG_init, in the postmaster alone.
void install_hooks();

// Whether the library was preloaded, so that there is shared memory at all.
bool available() noexcept;

// Only when available().
Header& header() noexcept;

}  // namespace pgclone::shmem
