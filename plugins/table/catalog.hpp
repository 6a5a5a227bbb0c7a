// Readers of the source's catalogs. Each asks one query for all tables of the set, so that the
// number of round trips does not grow with the number of tables. `oids` are those of the set, as
// an array literal. They run in the coordinator while planning, and throw what the source raises.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model.hpp"
#include "pgclone/plugin/host.hpp"

namespace pgclone::table {

// A relation that was asked for, or a partition below one.
struct RelationRef {
  Oid oid = 0;
  std::string schema;
  std::string name;
  char kind = '\0';
};

// Relations of the schema by name, in the order of their names; the missing ones are just absent.
std::vector<RelationRef> find_relations(Session& source, std::string_view schema,
                                        const std::vector<std::string>& names);
// The partitions below partitioned tables, at all levels.
std::vector<RelationRef> find_partitions(Session& source, const std::string& oids);
bool schema_exists(Session& source, std::string_view schema);
// For the hint of an error.
std::vector<std::string> table_names(Session& source, std::string_view schema);

// The tables themselves, with their parents and sizes.
void read_tables(PlanContext& context, const std::string& oids, TableSet& set);
// Marks the tables whose rows the target may spread otherwise over their hash partitions.
void read_hash_keys(Session& source, const std::string& oids, TableSet& set);
void read_columns(PlanContext& context, const std::string& oids, TableSet& set);
void read_sequences(Session& source, const std::string& oids, TableSet& set);
void read_indexes(PlanContext& context, const std::string& oids, TableSet& set);
void read_checks(Session& source, const std::string& oids, TableSet& set);
void read_foreign_keys(Session& source, const std::string& oids, TableSet& set);
void read_statistics(Session& source, const std::string& oids, TableSet& set);
void read_triggers(Session& source, const std::string& oids, TableSet& set);
// The state of all sequences of the set, as the job's snapshot is or later.
void read_sequence_states(Session& source, TableSet& set);

// Rows of pg_depend between the given objects and objects of users.
struct Dependency {
  ObjectId dependent;
  ObjectId referenced;
};
// Two array literals for parameters: the classes, and the objects in them.
std::pair<std::string, std::string> arrays_of(const std::vector<ObjectId>& objects);

std::vector<Dependency> read_dependencies(Session& source, const std::vector<ObjectId>& objects);

// Something of the tables' own schema that an expression, an index or a trigger of theirs uses.
struct Need {
  ObjectId object;
  std::string signature;  // as to_regprocedure() and its kin read it
  std::string what;       // "function twice(integer)"
  std::string user;       // "default value for column d of table t"
};
// What the given parts of tables use of the schema. What belongs to an extension doesn't count.
std::vector<Need> read_needs(Session& source, std::string_view schema,
                             const std::vector<ObjectId>& parts);

// Which columns of a table its parts need: numbers by part.
std::map<std::pair<Oid, Oid>, std::vector<int>> read_column_uses(Session& source, Oid table);

}  // namespace pgclone::table
