// What the target has of the tables that rows go into: one query for each kind of thing.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model.hpp"
#include "pgclone/plugin/session.hpp"
#include "pgclone/plugin/sql.hpp"
#include "target_catalog.hpp"

namespace pgclone::table {

struct TargetColumn {
  std::string name;
  Oid type = 0;
  bool not_null = false;
  bool has_default = false;  // or an identity
  bool generated = false;
};

// One that is enabled, and could fire when rows come or go.
struct TargetTrigger {
  std::string name;
  char enabled = 'O';
};

struct TargetSequence {
  std::string column;
  std::string name;  // qualified and quoted
  bool owned = false;
  bool may_set = false;
};

struct TargetRelation {
  Oid oid = 0;
  std::string schema;
  std::string name;
  char kind = '\0';
  bool is_partition = false;
  Oid parent = 0;  // of a partition
  std::string bound;
  std::string key;
  bool has_children = false;
  bool has_statistics = false;
  std::uint64_t size = 0;
  bool owned = false;  // by the role that clones
  bool may_insert = false;
  bool may_select = false;
  bool may_delete = false;
  bool may_truncate = false;
  bool row_security = false;  // applies to the role that clones
  std::vector<TargetColumn> columns;
  std::vector<TargetTrigger> triggers;
  std::vector<TargetSequence> sequences;

  [[nodiscard]] std::string label() const { return sql::qualified(schema, name); }
};

// A foreign key, or another constraint that is checked at the end of a transaction (`to` is 0).
// What a partition has of its parent's constraint goes by the parent's name.
struct TargetKey {
  Oid from = 0;
  Oid to = 0;
  std::string table;       // whose constraint it is
  std::string constraint;  // quoted
  std::string qualified;   // for SET CONSTRAINTS
  bool owned = false;
  bool deferrable = false;
  bool deferred = false;
  // SET CONSTRAINTS can defer it: no other one of its name is in the way.
  bool may_defer = false;
  // Of `from`, which need not be a part of the clone.
  std::string from_label;
  std::uint64_t from_size = 0;
  bool from_partitioned = false;
  bool may_select_from = false;
};

struct TargetState {
  std::map<Oid, TargetRelation> relations;  // those asked for, and their partitions at all levels
  std::map<RelationName, Oid> by_name;
  std::map<Oid, std::vector<const TargetRelation*>> partitions;  // by their parent
  std::vector<TargetKey> keys;  // that start or end at one of the relations

  // Null when the target has none of that name.
  [[nodiscard]] const TargetRelation* find(const std::string& schema,
                                           const std::string& name) const;
  // Its partitions.
  [[nodiscard]] std::vector<const TargetRelation*> below(const TargetRelation& parent) const;
  // The relation and everything below it.
  [[nodiscard]] std::vector<const TargetRelation*> tree(const TargetRelation& top) const;
};

TargetState read_target(Session& target, const std::set<RelationName>& names);

// Of these relations, by OID and as FROM has them, those that have rows.
std::set<Oid> with_rows(Session& target, const std::map<Oid, std::string>& relations);

}  // namespace pgclone::table
