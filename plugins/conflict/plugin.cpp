// The conflict strategies that ship with pgclone.
#include "error.hpp"
#include "pgclone/plugin/define.hpp"
#include "rename.hpp"
#include "replace.hpp"
#include "skip.hpp"

using namespace pgclone;

PGCLONE_PLUGIN(
    "conflict", "1.0",
    conflict_entry<conflict::Refuse>(
        "error", "Fails before anything changes, listing everything that exists already", "[]"),
    conflict_entry<conflict::Skip>("skip", "Leaves what exists wholly untouched", "[]"),
    conflict_entry<conflict::Replace>("replace",
                                      "Builds beside what exists, then swaps in one transaction",
                                      R"([{"name": "cascade", "type": "boolean", "default": false,
             "doc": "Drop objects outside the clone that depend on what is replaced"}])"),
    conflict_entry<conflict::Rename>("rename",
                                     "Moves what exists to the first free name <name>_old", "[]"))
