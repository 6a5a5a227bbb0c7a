// What a table is, as read from the source's catalogs. Readers fill it, the planner names its
// parts on the target, writers turn it into SQL.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/attachments.hpp"
#include "pgclone/plugin/model.hpp"

namespace pgclone::table {

using Oid = std::uint32_t;
using Comment = std::optional<std::string>;

struct Column {
  int number = 0;
  std::string name;
  std::string type;  // with its modifier, ready to print
  Oid type_oid = 0;
  std::string collation;    // ready to print; empty: the type's own
  std::string storage;      // PLAIN, …; empty: as it comes
  std::string compression;  // pglz, lz4, default; empty: as it comes
  std::string options;      // n_distinct='5', …
  int statistics_target = -1;
  bool not_null = false;
  bool local = true;  // false: exists only because a parent has it
  char identity = '\0';
  bool generated = false;
  std::optional<std::string> default_text;
  Oid default_oid = 0;
  bool default_calls_functions = false;
  // As INHERITS alone would leave the column.
  bool parent_not_null = false;
  bool default_differs_from_parent = false;
  Comment comment;
};

struct Sequence {
  Oid oid = 0;
  std::string schema;
  std::string name;
  std::string regclass_text;  // as an expression of the source prints it
  std::string column;
  bool identity = false;
  bool unlogged = false;
  std::string type;
  std::string options;  // START WITH … CYCLE
  Comment comment;
  std::string target_name;
  // State, when it was read while planning.
  std::optional<std::string> last_value;
  bool is_called = false;
  bool readable = true;  // the state, on this source
};

struct Index {
  Oid oid = 0;
  std::string name;
  bool unique = false;
  bool valid = true;
  bool incomplete = false;  // of a partitioned table: not all its partitions have their part of it
  bool clustered = false;
  bool replica_identity = false;
  std::string method_and_rest;  // what follows USING, up to …
  std::string where;            // WHERE …
  std::string tablespace;
  std::uint64_t size = 0;         // in bytes, when last analyzed
  std::string options;            // WITH (…)
  std::string column_statistics;  // ALTER COLUMN 1 SET STATISTICS 100, …
  Oid parent = 0;                 // the partitioned index that it is attached to
  Comment comment;
  // Of the constraint that owns the index; oid 0: none.
  Oid constraint = 0;
  char constraint_type = '\0';
  std::string constraint_text;    // up to …
  std::string constraint_suffix;  // [WHERE …] [DEFERRABLE …]
  Comment constraint_comment;
  std::string target_name;
  std::vector<std::string> marks;  // ALTER INDEX … DEPENDS ON EXTENSION …
};

struct Check {
  Oid oid = 0;
  std::string name;
  std::string text;
  bool valid = true;
  bool local = true;
  bool calls_functions = false;
  Comment comment;
  // Added once all rows are there: what it calls may need other tables, or it was never validated.
  [[nodiscard]] bool separate() const { return calls_functions || !valid; }
};

struct ForeignKey {
  Oid oid = 0;
  std::string name;
  bool valid = true;
  Oid referenced = 0;
  std::string referenced_schema;
  std::string referenced_name;
  std::string head;  // FOREIGN KEY (a, b) REFERENCES
  std::string tail;  // (x, y) ON DELETE …, without NOT VALID
  Comment comment;
  std::string target_reference;  // the referenced table on the target, ready to print
};

struct Statistics {
  Oid oid = 0;
  std::string name;
  std::string body;  // (kinds) ON columns
  int target = -1;
  Comment comment;
  std::vector<std::string> rights;  // ALTER STATISTICS … OWNER TO
  std::string target_name;
};

struct Trigger {
  Oid oid = 0;
  Oid constraint = 0;
  std::string name;
  std::string head;  // CREATE TRIGGER … ON
  std::string tail;  // FOR EACH ROW …
  char enabled = 'O';
  bool from_parent = false;  // a partition's copy, listed only if its enabled state differs
  std::string function;      // its signature
  std::string function_schema;
  bool function_of_extension = false;
  Comment comment;
  Comment constraint_comment;      // of a constraint trigger's constraint
  std::vector<std::string> marks;  // ALTER TRIGGER … DEPENDS ON EXTENSION …
};

struct Parent {
  Oid oid = 0;
  std::string schema;
  std::string name;
};

// How a table is tied to its parents.
enum class Link : std::uint8_t {
  none,       // has none, or stands alone on the target
  inherits,   // CREATE TABLE … INHERITS
  inherit,    // created whole, then ALTER TABLE … INHERIT: all of it was declared locally
  partition,  // created whole, attached once it is loaded
};

struct Table {
  Oid oid = 0;
  Oid row_type = 0;
  Oid array_type = 0;
  std::string schema;
  std::string name;
  bool partitioned = false;
  bool unlogged = false;
  bool is_partition = false;
  // Partitioned by a hash that the target may compute otherwise: of an enum's OID, of text in
  // another encoding. Rows may belong into another partition there.
  bool rehashes = false;
  std::string access_method;
  std::string options;
  std::string partition_key;
  std::string partition_bound;
  std::string of_type;
  std::string tablespace;
  char replica_identity = 'd';
  bool row_security = false;
  bool force_row_security = false;
  Comment comment;
  std::uint64_t size = 0;
  std::string condition;  // of the rows that are wanted; empty: all
  bool condition_may_read_views = false;
  bool readable = true;  // the rows, on this source
  bool no_rows = false;  // are wanted, or can be had: nothing is read, nor tried on the table
  // Copied in parts: the blocks at which the second and further ones begin.
  std::optional<std::vector<std::uint64_t>> cuts;

  std::vector<Parent> parents;
  std::vector<Oid> foreign_partitions;  // foreign tables are not of this strategy
  std::vector<Column> columns;
  std::vector<Sequence> sequences;
  std::vector<Index> indexes;
  std::vector<Check> checks;
  std::vector<ForeignKey> foreign_keys;
  std::vector<Statistics> statistics;
  std::vector<Trigger> triggers;
  // Rules and policies, where the table is cloned without its schema.
  std::vector<common::Attachment> attachments;
  // What gives the table, its sequences and its row type their owner and privileges.
  std::vector<std::string> rights;
  std::vector<std::string> labels;  // SECURITY LABEL … of the table and its parts

  Link link = Link::none;
  std::string target_schema;
  std::string target_name;
};

class TableSet {
 public:
  Table& add(Table table) {
    by_oid_.emplace(table.oid, tables_.size());
    return tables_.emplace_back(std::move(table));
  }
  // Null when the table is not part of the clone.
  Table* find(Oid oid) {
    const auto it = by_oid_.find(oid);
    return it == by_oid_.end() ? nullptr : &tables_[it->second];
  }
  [[nodiscard]] const Table* find(Oid oid) const {
    const auto it = by_oid_.find(oid);
    return it == by_oid_.end() ? nullptr : &tables_[it->second];
  }
  // For some of these tables.
  [[nodiscard]] TableSet without_tables() const {
    TableSet empty;
    empty.same_encoding = same_encoding;
    empty.held = held;
    return empty;
  }
  std::vector<Table>& tables() { return tables_; }
  [[nodiscard]] const std::vector<Table>& tables() const { return tables_; }

  bool same_encoding = true;  // of source and target
  bool held = false;          // locked on the source until the last copy

 private:
  std::vector<Table> tables_;
  std::map<Oid, std::size_t> by_oid_;
};

}  // namespace pgclone::table
