// The snapshot strategies that ship with pgclone.
#include "exported.hpp"
#include "none.hpp"
#include "pgclone/plugin/define.hpp"

using namespace pgclone;

PGCLONE_PLUGIN("snapshot", "1.0",
               snapshot_entry<snapshot::Exported>(
                   "exported", "All connections read one exported snapshot of the source", "[]"),
               snapshot_entry<snapshot::None>(
                   "none", "Each statement reads what is committed when it begins", "[]"))
