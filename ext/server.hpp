// The only file of pgclone that includes PostgreSQL's server headers.
//
// Include it last: after C++ and third-party headers, and after our own headers that need none of
// the server. The server's macros (Min, Max, Assert, ERROR, a gettext() on servers without NLS)
// break headers that are read after it.
#pragma once

extern "C" {
#include <postgres.h>

#include <access/genam.h>
#include <access/heapam.h>
#include <access/heaptoast.h>
#include <access/htup_details.h>
#include <access/sysattr.h>
#include <access/table.h>
#include <access/tableam.h>
#include <access/visibilitymap.h>
#include <access/xact.h>
#include <access/xlog.h>
#include <access/xloginsert.h>
#include <catalog/catalog.h>
#include <catalog/dependency.h>
#include <catalog/namespace.h>
#include <catalog/pg_am.h>
#include <catalog/pg_authid.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_type.h>
#include <commands/copy.h>
#include <commands/copyfrom_internal.h>
#include <commands/dbcommands.h>
#include <commands/defrem.h>
#include <commands/extension.h>
#include <commands/progress.h>
#include <commands/seclabel.h>
#include <executor/executor.h>
#include <executor/spi.h>
#include <fmgr.h>
#include <foreign/foreign.h>
#include <funcapi.h>
#include <mb/pg_wchar.h>
#include <miscadmin.h>
#include <nodes/makefuncs.h>
#include <parser/parse_node.h>
#include <parser/parse_relation.h>
#include <parser/parser.h>
#include <pgstat.h>
#include <port/atomics.h>
#include <port/pg_bswap.h>
#include <postmaster/bgworker.h>
#include <postmaster/interrupt.h>
#include <storage/bufmgr.h>
#include <storage/bufpage.h>
#include <storage/condition_variable.h>
#include <storage/dsm.h>
#include <storage/fd.h>
#include <storage/ipc.h>
#include <storage/latch.h>
#include <storage/lmgr.h>
#include <storage/lwlock.h>
#include <storage/predicate.h>
#include <storage/proc.h>
#include <storage/procarray.h>
#include <storage/shmem.h>
#include <storage/smgr.h>
#include <storage/spin.h>
#include <tcop/tcopprot.h>
#include <tcop/utility.h>
#include <utils/acl.h>
#include <utils/builtins.h>
#include <utils/date.h>
#include <utils/fmgroids.h>
#include <utils/guc.h>
#include <utils/lsyscache.h>
#include <utils/memutils.h>
#include <utils/portal.h>
#include <utils/rel.h>
#include <utils/resowner.h>
#include <utils/rls.h>
#include <utils/snapmgr.h>
#include <utils/syscache.h>
#include <utils/timestamp.h>
#include <utils/uuid.h>
#include <utils/varlena.h>
}

// Macros under everyday names; the server's own code inside macros that we use needs none of them.
#undef _
#undef gettext
#undef dgettext
#undef ngettext
#undef dngettext
#undef Min
#undef Max
#undef Abs

// PGDLLEXPORT is empty before PostgreSQL 16, and we are compiled with hidden visibility: without
// an earlier, visible declaration the server would find neither the magic block nor a function.
#define PGCLONE_MODULE_MAGIC                                                         \
  extern "C" {                                                                       \
  __attribute__((visibility("default"))) const Pg_magic_struct* Pg_magic_func(void); \
  PG_MODULE_MAGIC;                                                                   \
  }                                                                                  \
  static_assert(true)
