#include "pgclone/plugin/define.hpp"
#include "schema_strategy.hpp"

PGCLONE_PLUGIN("schema", "1.0",
               pgclone::clone_entry<pgclone::schema::SchemaStrategy>(
                   "schema", "Clones all objects of a schema, in the order of their dependencies",
                   R"json([
  {"name": "indexes", "type": "boolean", "default": true,
   "doc": "Clone indexes that belong to no constraint"},
  {"name": "constraints", "type": "boolean", "default": true,
   "doc": "Clone primary key, unique, check, exclusion and foreign key constraints"},
  {"name": "triggers", "type": "boolean", "default": true, "doc": "Clone triggers"},
  {"name": "owners", "type": "boolean", "default": false,
   "doc": "Give every object the owner that it has on the source; for schemas"},
  {"name": "privileges", "type": "boolean", "default": false,
   "doc": "Grant on every object what is granted on the source; for schemas"},
  {"name": "extensions", "type": "boolean", "default": false,
   "doc": "Create extensions that the clone needs and the target lacks"},
  {"name": "outside", "type": "string", "values": ["refuse", "leave_out"], "default": "refuse",
   "doc": "What becomes of foreign keys to schemas that the target lacks; for schemas"},
  {"name": "tables", "type": "names",
   "doc": "Clone only these tables, by name or pattern, and what needs no others; for schemas"},
  {"name": "exclude", "type": "names",
   "doc": "Leave out these relations, by name or pattern, and what needs them; for schemas"},
  {"name": "matviews", "type": "boolean", "default": true,
   "doc": "Clone materialized views; without them, what needs one is left out too"},
  {"name": "analyze", "type": "boolean", "default": true,
   "doc": "Collect the statistics of tables whose rows are cloned"}
])json",
                   "table"))
