// Writes planned tables into the plan: one group per table, one per foreign key and late check.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/implicit_operators.hpp"
#include "ddl.hpp"
#include "hierarchy.hpp"
#include "model.hpp"
#include "pgclone/plugin/strategy.hpp"
#include "step.hpp"
#include "types.hpp"

namespace pgclone::table {

class StepWriter {
 public:
  StepWriter(PlanContext& context, const TableSet& set, const std::map<Oid, TypeInfo>& types,
             Naming naming);
  // Throws Error when option "format" cannot be had.
  void write();

 private:
  // No catalogs have these OIDs: a table's settings, and all of it.
  static constexpr Oid kSettings = 3;
  static constexpr Oid kEnd = 6;

  void add(const Table& table, const std::string& group, Step step);
  void write_table(const Table& table);
  void write_sequences(const Table& table, const std::string& group);
  void write_definition(const Table& table, const std::string& group);
  // Rows that may belong into another partition on the target go through the partitioned table,
  // when all its partitions are attached; triggers and row security wait for them.
  void find_routes();
  void collect_leaves(const Table& table, const Table* router, std::vector<const Table*>& path);
  void wait_for_rows(const Table& table, ObjectId object);
  void write_load(const Table& table, const std::string& group);
  // The copy of all rows, or of the part for which this condition holds.
  [[nodiscard]] Step load_step(const Table& table, const std::string& part) const;
  void write_sequence_states(const Table& table, const std::string& group);

  // plan_indexes.cpp
  [[nodiscard]] bool comes_attached(const Table& table, const Index& index) const;
  void write_indexes(const Table& table, const std::string& group);
  void write_index(const Table& table, const Index& index, const std::string& group);
  [[nodiscard]] static Step index_step(const Table& table, const Index& index);
  [[nodiscard]] std::string attach_index(Oid parent, Oid index) const;
  void write_attachment(const Table& table, const std::string& group);
  void find_incomplete_indexes();
  void write_incomplete_indexes(const Table& table);

  // plan_parts.cpp: a table whose rows are copied in parts.
  [[nodiscard]] bool is_cut(const Table& table) const;
  void write_in_parts(const Table& table, const std::string& group);
  void write_parts(const Table& table, const std::string& group, ObjectId whole);
  [[nodiscard]] bool builds_apart(const Table& table, const Index& index) const;
  void write_index_apart(const Table& table, const Index& index, const std::string& group,
                         const std::string& end_group);

  // plan_late.cpp: rows that name other objects of the clone.
  [[nodiscard]] bool is_late(const Table& table) const;
  void find_late_rows();
  void write_late_rows(const Table& table, const std::string& group);
  void write_names();

  void write_finish(const Table& table, const std::string& group);
  void write_attachments(const Table& table);

  // plan_constraints.cpp: what ties tables together.
  [[nodiscard]] bool in_pool() const;
  [[nodiscard]] bool validates_apart(const Table& table, const std::string& group) const;
  void write_validation(const Table& table, const std::string& group, Oid constraint,
                        const std::string& name, Step step);
  void write_late_checks(const Table& table);
  [[nodiscard]] bool joins_lone_tables(const Table& table, const Table* referenced) const;
  void write_foreign_keys(const Table& table);
  void follow_children(const Table& table, const Check& check);

  // plan_analysis.cpp
  [[nodiscard]] bool is_analyzed(const Table& table) const;
  [[nodiscard]] bool is_analyzed_apart(const Table& table) const;
  [[nodiscard]] bool analysis_runs_code(const Table& table) const;
  [[nodiscard]] Step analysis(const Table& table) const;
  void write_analysis(const Table& table, const std::string& group);
  void write_analysis_apart(const Table& table);

  void write_dependencies();
  // The object must come after a table and every partition and child below it.
  void depend_on_tree(ObjectId object, const Table& table);

  PlanContext& context_;
  const TableSet& set_;
  const std::map<Oid, TypeInfo>& types_;
  Naming naming_;
  common::ImplicitOperators operators_;
  // Step keys by what the step provides, to tell real dependencies from those inside a step.
  std::map<std::pair<Oid, Oid>, std::string> providers_;
  std::map<Oid, std::string> index_labels_;
  std::map<Oid, std::vector<Oid>> incomplete_;  // indexes that are made last, with their parts
  Children children_;
  std::map<Oid, const Table*> routers_;  // of tables that are it or lie below it
  std::map<Oid, std::vector<Oid>>
      scattered_;  // their leaves, by each table above them and themselves
  std::uint32_t parts_written_ = 0;
  bool late_ = false;              // some rows name objects
  std::map<Oid, Oid> taken_over_;  // constraints by indexes that are built before them
};

}  // namespace pgclone::table
