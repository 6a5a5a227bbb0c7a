#include "ddl.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

std::string comment_on_constraint(const Table& table, const std::string& name,
                                  const std::string& text) {
  return "COMMENT ON CONSTRAINT " + sql::identifier(name) + " ON " + target_label(table) + " IS " +
         sql::literal(text);
}

std::string add_index_constraint(const Table& table, const Index& index) {
  std::string text = "ALTER TABLE ONLY " + target_label(table) + " ADD CONSTRAINT " +
                     sql::identifier(index.target_name) + " " + index.constraint_text;
  text += index.options;
  if (!index.tablespace.empty()) {
    text += " USING INDEX TABLESPACE " + sql::identifier(index.tablespace);
  }
  return text + index.constraint_suffix;
}

std::string enable_trigger(const Table& table, const Trigger& trigger) {
  std::string text = "ALTER TABLE " + target_label(table) + " ";
  switch (trigger.enabled) {
    case 'D':
      text += "DISABLE";
      break;
    case 'A':
      text += "ENABLE ALWAYS";
      break;
    case 'R':
      text += "ENABLE REPLICA";
      break;
    default:
      text += "ENABLE";
  }
  return text + " TRIGGER " + sql::identifier(trigger.name);
}

void add_index_settings(const Table& table, const Index& index, Statements& out) {
  const std::string name = sql::qualified(table.target_schema, index.target_name);
  if (!index.column_statistics.empty()) {
    out.push_back("ALTER INDEX " + name + " " + index.column_statistics);
  }
  if (index.comment) {
    out.push_back("COMMENT ON INDEX " + name + " IS " + sql::literal(*index.comment));
  }
  if (index.constraint_comment) {
    out.push_back(comment_on_constraint(table, index.target_name, *index.constraint_comment));
  }
  out.insert(out.end(), index.marks.begin(), index.marks.end());
}

}  // namespace

std::string create_plain_index(const Table& table, const Index& index) {
  std::string text = (index.unique ? "CREATE UNIQUE INDEX " : "CREATE INDEX ") +
                     sql::identifier(index.target_name) +
                     (table.partitioned ? " ON ONLY " : " ON ") + target_label(table) + " USING " +
                     index.method_and_rest + index.options;
  if (!index.tablespace.empty()) text += " TABLESPACE " + sql::identifier(index.tablespace);
  return text + index.where;
}

Statements constraint_of_index(const Table& table, const Index& index) {
  const std::string name = sql::identifier(index.target_name);
  Statements out = {"ALTER TABLE ONLY " + target_label(table) + " ADD CONSTRAINT " + name +
                    (index.constraint_type == 'p' ? " PRIMARY KEY" : " UNIQUE") + " USING INDEX " +
                    name + index.constraint_suffix};
  add_index_settings(table, index, out);
  return out;
}

Statements create_index(const Table& table, const Index& index) {
  Statements out = {index.constraint != 0 ? add_index_constraint(table, index)
                                          : create_plain_index(table, index)};
  add_index_settings(table, index, out);
  return out;
}

std::string validate_constraint(const Table& table, const std::string& name) {
  // Not ONLY: the children's checks are validated with their parent's.
  return "ALTER TABLE " + target_label(table) + " VALIDATE CONSTRAINT " + sql::identifier(name);
}

Statements add_check(const Table& table, const Check& check, bool valid) {
  // Not ONLY: children that have it from this table get it with it.
  const std::string alter = "ALTER TABLE " + target_label(table);
  Statements out = {alter + " ADD CONSTRAINT " + sql::identifier(check.name) + " " + check.text +
                    (valid ? "" : " NOT VALID")};
  if (check.comment) out.push_back(comment_on_constraint(table, check.name, *check.comment));
  return out;
}

Statements add_foreign_key(const Table& table, const ForeignKey& key, bool valid) {
  const std::string name = sql::identifier(key.name);
  const std::string definition = key.head + key.target_reference + key.tail;
  Statements out;
  if (table.partitioned) {
    // The server has no NOT VALID foreign keys of partitioned tables, and none ONLY of the root.
    out.push_back("ALTER TABLE " + target_label(table) + " ADD CONSTRAINT " + name + " " +
                  definition);
  } else {
    out.push_back("ALTER TABLE ONLY " + target_label(table) + " ADD CONSTRAINT " + name + " " +
                  definition + " NOT VALID");
    if (valid) out.push_back(validate_constraint(table, key.name));
  }
  if (key.comment) out.push_back(comment_on_constraint(table, key.name, *key.comment));
  return out;
}

Statements create_statistics(const Table& table, const Statistics& statistics) {
  const std::string name = sql::qualified(table.target_schema, statistics.target_name);
  Statements out = {"CREATE STATISTICS " + name + statistics.body + " FROM " + target_label(table)};
  if (statistics.target >= 0) {
    out.push_back("ALTER STATISTICS " + name + " SET STATISTICS " +
                  std::to_string(statistics.target));
  }
  if (statistics.comment) {
    out.push_back("COMMENT ON STATISTICS " + name + " IS " + sql::literal(*statistics.comment));
  }
  out.insert(out.end(), statistics.rights.begin(), statistics.rights.end());
  return out;
}

Statements create_trigger(const Table& table, const Trigger& trigger) {
  if (trigger.from_parent) return {enable_trigger(table, trigger)};
  Statements out = {trigger.head + target_label(table) + trigger.tail};
  if (trigger.enabled != 'O') out.push_back(enable_trigger(table, trigger));
  if (trigger.comment) {
    out.push_back("COMMENT ON TRIGGER " + sql::identifier(trigger.name) + " ON " +
                  target_label(table) + " IS " + sql::literal(*trigger.comment));
  }
  if (trigger.constraint_comment) {
    out.push_back(comment_on_constraint(table, trigger.name, *trigger.constraint_comment));
  }
  out.insert(out.end(), trigger.marks.begin(), trigger.marks.end());
  return out;
}

std::string attach_partition(const Table& table, const Naming& naming) {
  const Parent& parent = table.parents.front();
  return "ALTER TABLE ONLY " + naming.relation(parent.oid, parent.schema, parent.name) +
         " ATTACH PARTITION " + target_label(table) + " " + table.partition_bound;
}

Statements final_settings(const Table& table) {
  const std::string alter = "ALTER TABLE ONLY " + target_label(table) + " ";
  Statements out;
  if (table.replica_identity == 'n') out.push_back(alter + "REPLICA IDENTITY NOTHING");
  if (table.replica_identity == 'f') out.push_back(alter + "REPLICA IDENTITY FULL");
  for (const Index& index : table.indexes) {
    if (index.replica_identity) {
      out.push_back(alter + "REPLICA IDENTITY USING INDEX " + sql::identifier(index.target_name));
    }
    if (index.clustered) out.push_back(alter + "CLUSTER ON " + sql::identifier(index.target_name));
  }
  if (table.row_security) out.push_back(alter + "ENABLE ROW LEVEL SECURITY");
  if (table.force_row_security) out.push_back(alter + "FORCE ROW LEVEL SECURITY");
  return out;
}

std::string set_sequence_state(const std::string& qualified_sequence, const std::string& last_value,
                               bool is_called) {
  return "SELECT pg_catalog.setval(" + sql::literal(qualified_sequence) +
         "::pg_catalog.regclass, " + last_value + ", " + (is_called ? "true" : "false") + ")";
}

// setval() alone is not undone. Only the owner may restart a sequence.
Statements reset_sequence(const std::string& qualified_sequence, const std::string& last_value,
                          bool is_called) {
  return {"ALTER SEQUENCE " + qualified_sequence + " RESTART WITH " + last_value,
          set_sequence_state(qualified_sequence, last_value, is_called)};
}

}  // namespace pgclone::table
