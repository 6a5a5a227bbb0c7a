// Turns a request for tables into steps: reads, checks, names, then writes. One object per plan().
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "catalog.hpp"
#include "common/extension_marks.hpp"
#include "ddl.hpp"
#include "model.hpp"
#include "pgclone/plugin/strategy.hpp"
#include "target_catalog.hpp"
#include "types.hpp"

namespace pgclone::table {

class Planner {
 public:
  explicit Planner(PlanContext& context);
  // Throws Error for what cannot be cloned as asked; reports what is left out.
  void plan();

 private:
  // planner.cpp: what is asked, and what the source has.
  void check_request() const;
  void read();
  void read_parts();
  void plan_new();
  // The option "data_only".
  void plan_rows_only();
  void name_existing();
  [[nodiscard]] bool is_existing(const Table& table) const;
  void take_existing();
  [[nodiscard]] std::vector<RelationRef> resolve();
  [[noreturn]] void refuse_missing(const std::string& name);
  void refuse_kind(const RelationRef& relation) const;
  void lock(const std::vector<RelationRef>& relations);
  void leave_out_by_options();
  void find_incomplete_indexes();

  // plan_names.cpp
  void assign_names();
  // Expressions that name a sequence of the table's columns name the one of the clone.
  void follow_sequences();

  // plan_columns.cpp: the option "columns".
  void filter_columns();

  // plan_rows.cpp
  void choose_rows();
  void find_unreadable_rows();
  void parse_condition(const Table& table, const std::string& condition, const char* option);
  Table& filtered_table(const std::string& name);

  // plan_attachments.cpp: rules and policies.
  void read_attachments(const std::string& oids);
  void leave_out_self_references();
  void report_kept_texts();

  // plan_ownership.cpp
  void add_ownership();
  [[nodiscard]] std::set<Oid> row_types_with_privileges();
  [[nodiscard]] std::string owned_cte(const std::set<Oid>* closed);

  // plan_labels.cpp
  void add_labels();

  // plan_target.cpp: what the target has and lacks.
  void check_schemas();
  void check_types();
  [[nodiscard]] bool comes_with_extension(const std::string& extension) const;
  void mark_with_extensions();
  void link_parents();
  void resolve_foreign_keys();
  void check_trigger_functions();
  // plan_extensions.cpp
  [[nodiscard]] std::vector<ObjectId> parts_with_extensions() const;
  void require_extensions();
  [[nodiscard]] std::set<Oid> brought_by_extensions(const std::set<Oid>& relations);
  // plan_needs.cpp: what single tables use of their schema, beyond the types of columns.
  [[nodiscard]] std::vector<ObjectId> parts_with_needs() const;
  [[nodiscard]] bool comes_along(ObjectId object) const;
  void check_needs();
  void check_tablespaces();
  [[nodiscard]] std::pair<std::string, std::string> reference_on_target(
      const ForeignKey& key) const;

  PlanContext& context_;
  CloneRequest request_;
  std::string source_schema_;
  std::string target_schema_;
  std::string final_schema_;  // where what isn't part of the clone is looked for
  std::string where_;
  bool single_ = false;  // a clone of one table (with its partitions), not of a schema
  Oid root_ = 0;         // that table
  TableSet set_;
  TableSet existing_;  // that a conflict strategy keeps
  std::map<Oid, TypeInfo> types_;
  std::set<std::string> created_extensions_;  // by a clone of a single table
  std::set<std::string> marking_extensions_;  // that marks name, and that can be created
};

}  // namespace pgclone::table
