/* The handshake: what the host reads of a plugin before it runs any of its C++. Plain C.
 *
 * A plugin is <pkglibdir>/pgclone/<name>.so and exports exactly one symbol, pgclone_plugin, a
 * function that returns a static constant descriptor. Until version 1.0 of the contract the host
 * asks for an exact match of magic, version, fingerprint, sizes and toolchain. */
#ifndef PGCLONE_PLUGIN_ABI_H
#define PGCLONE_PLUGIN_ABI_H

#include <stddef.h>
#include <stdint.h>

#define PGCLONE_ABI_MAGIC UINT64_C(0x50474c4e2b414249) /* "PGLN+ABI" */
#define PGCLONE_ABI_MAJOR 0
#define PGCLONE_ABI_MINOR 2

#ifdef __cplusplus
extern "C" {
#endif

typedef enum pgclone_strategy_kind {
  PGCLONE_STRATEGY_CLONE = 1,
  PGCLONE_STRATEGY_CONFLICT = 2,
  PGCLONE_STRATEGY_SNAPSHOT = 3
} pgclone_strategy_kind;

/* Filled by create() when it fails. The plugin owns nothing of it. */
typedef struct pgclone_failure {
  char sqlstate[6];
  char message[512];
} pgclone_failure;

typedef struct pgclone_strategy_entry {
  uint32_t struct_size;
  uint32_t kind;             /* pgclone_strategy_kind */
  const char* id;            /* lower-case ASCII, unique within its kind */
  const char* summary;       /* one line for the view pgclone.strategies */
  const char* option_schema; /* JSON array, see docs/plugins.md; "[]" for none */
  /* Ids of the clone strategies that this one asks through plan_with(), separated by commas; ""
   * for none. Their options are options of its clones. */
  const char* asks;
  /* Never throws. Returns a pointer to exactly the interface of the kind (CloneStrategy *, …), or
   * NULL with *failure filled. OWNERSHIP: the host's until it calls destroy. */
  void* (*create)(pgclone_failure* failure);
  /* Never throws. The only way to free what create returned. */
  void (*destroy)(void* strategy);
} pgclone_strategy_entry;

/* Of the C++ values of the contract: options of a compiler change them, whatever headers say. */
typedef struct pgclone_value_sizes {
  uint32_t step;
  uint32_t request;
  uint32_t conflict;
  uint32_t copy_target;
  uint32_t error;
} pgclone_value_sizes;

typedef struct pgclone_plugin_descriptor {
  /* These stay where they are in every version of the contract. */
  uint64_t magic;
  uint32_t struct_size;
  uint16_t abi_major;
  uint16_t abi_minor;
  uint64_t fingerprint; /* PGCLONE_ABI_FINGERPRINT of the headers that the plugin was built with */

  const char* toolchain; /* PGCLONE_TOOLCHAIN of the compiler that built the plugin */
  const char* name;
  const char* version;
  uint32_t entry_count;
  uint32_t entry_size;
  const pgclone_strategy_entry* entries;
  pgclone_value_sizes sizes;
} pgclone_plugin_descriptor;

typedef const pgclone_plugin_descriptor* (*pgclone_plugin_fn)(void);

#ifdef __cplusplus
}
#endif
#endif
