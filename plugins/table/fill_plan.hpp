// Plans what goes where (a Load each), in which order and transaction, and writes the steps.
//
// With "data_only" no load ever adds to rows: before the first row its table is found empty, or
// emptied, in the same transaction. So nothing that a resumed job does twice can double a row. What
// is added to a table that a conflict strategy keeps is one transaction, unless that one is empty.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fill.hpp"
#include "fill_target.hpp"
#include "hierarchy.hpp"
#include "model.hpp"
#include "pgclone/plugin/host.hpp"
#include "sent_rows.hpp"
#include "step.hpp"
#include "types.hpp"

namespace pgclone::table {

// What is filled as a whole or in parts of its own, always in one transaction.
struct Load {
  const TargetRelation* into = nullptr;
  // Several: partitions of the source whose rows find their place through the target's root.
  std::vector<const Table*> sources;
  std::vector<const TargetRelation*> holds;   // `into`, or its partitions: where rows end up
  std::vector<const TargetRelation*> around;  // `into` and everything below
  const TargetRelation* tree = nullptr;       // that it is a part of, filled by several loads
  bool finished = false;                      // by the job that is resumed
  bool has_rows = false;
  bool emptied = false;
  std::size_t leader = 0;  // the load that names its group: those of one transaction
  std::size_t rank = 0;    // referencing tables have a lower one than what they reference

  [[nodiscard]] const TargetRelation& whole() const { return tree != nullptr ? *tree : *into; }
  // Of steps, and the group of its own.
  [[nodiscard]] std::string name() const { return "table " + into->label(); }
  [[nodiscard]] std::string rows_key(const Table& table) const;
  // Of a load in parts.
  [[nodiscard]] std::string start_of_rows_key() const { return "start of the rows of " + name(); }
  [[nodiscard]] std::string all_rows_key() const { return "all rows of " + name(); }
};

class FillPlan {
 public:
  FillPlan(PlanContext& context, TableSet& set, const std::map<Oid, TypeInfo>& types, Fill fill);
  void plan();

 private:
  // What a source table sends into its load's relation.
  struct Sent {
    std::vector<std::string> columns;
    bool generated_too = false;
    const Column* text_only = nullptr;
  };
  // SQLSTATE and line of an error.
  using Problems = std::vector<std::pair<std::string, std::string>>;

  // fill_match.cpp: where the rows of each table go.
  void match();
  void find_left_out();
  void match_tree(const Table& top, const TargetRelation& into);
  [[nodiscard]] bool same_partitions(const std::vector<const Table*>& tree,
                                     const TargetRelation& into) const;
  [[nodiscard]] std::vector<const Table*> tree_of(const Table& top) const;
  [[nodiscard]] bool is_left_out(const TargetRelation& relation) const;
  void add_load(const TargetRelation& into, std::vector<const Table*> sources,
                const TargetRelation* tree);

  void number_loads();

  // fill_checks.cpp: what the target must have, and the role be allowed.
  void check_kind(const Table& table, const TargetRelation& relation);
  void check_shapes();
  void check_columns(const Table& table, const TargetRelation& into);
  void check_rights();
  void match_sequences();
  void refuse(const Problems& problems, const std::string& message, const std::string& hint) const;

  // fill_rows.cpp: rows that are there.
  void find_rows();
  void settle_rows();
  void skip_filled();
  void check_outside_references();
  void find_deletes();
  void find_roots();
  [[nodiscard]] bool is_emptied_with(const TargetKey& key, const Load& load) const;

  // fill_order.cpp: foreign keys.
  void find_cycles();
  void group();
  void find_deferred();
  [[nodiscard]] bool is_cyclic(const TargetKey& key) const;
  // Null for relations that no load fills.
  [[nodiscard]] const std::size_t* load_of(Oid relation) const;

  // fill.cpp
  void cut();
  [[nodiscard]] bool may_cut(const Load& load) const;
  [[nodiscard]] std::set<std::size_t> tied_loads() const;
  void hold(const Load& load);
  void write();
  void write_order();

  // fill_kept.cpp: what stands for tables that a conflict strategy keeps.
  [[nodiscard]] static std::string kept_group(const Table& table);
  [[nodiscard]] bool is_kept(const Table& table) const;
  void write_kept(const Table& table, const std::string& group);
  void write_kept_of(const Load& load, const std::string& group);
  void write_kept_apart();
  void wait_for_kept(std::size_t number);
  void name_kept(const Table& table, Step& step) const;

  // fill_steps.cpp
  void add(const Load& load, const std::string& group, const std::string& key, const Step& step);
  void write_group(std::vector<std::size_t> loads);
  void write_rows(std::size_t number, const std::string& group);
  void write_parts(std::size_t number);
  void write_emptying(const std::vector<std::size_t>& loads, const std::string& group);
  void write_key_checks(const std::vector<std::size_t>& loads, const std::string& group);
  void write_end(std::size_t number, const std::string& group);
  void write_whole(const Table& table);
  void write_sequences(const Table& table, const std::string& group, const std::string& label,
                       ObjectId after);
  void write_analyses();
  [[nodiscard]] Step load_step(const Load& load, const Table& table, const std::string& part) const;
  [[nodiscard]] static Step check_step(const Load& load);
  [[nodiscard]] Statements start_statements(std::size_t number) const;
  [[nodiscard]] Statements end_statements(std::size_t number) const;
  [[nodiscard]] Statements emptying(std::vector<std::size_t> loads) const;
  [[nodiscard]] bool is_analyzed_apart(const Load& load) const;

  PlanContext& context_;
  TableSet& set_;
  const std::map<Oid, TypeInfo>& types_;
  bool adds_;
  TargetState target_;
  std::vector<Load> loads_;
  std::map<Oid, std::size_t> load_by_relation_;  // that holds the rows
  Children children_;
  std::set<RelationName>
      left_out_;  // what would be called so: partitions that are no part of the clone
  std::map<Oid, Sent> sent_;
  std::map<Oid, const TargetSequence*> sequences_;  // by the source's; not those without a match
  std::map<Oid, std::size_t> load_by_table_;
  std::set<Oid> skipped_;          // tables of the source
  std::set<std::size_t> deletes_;  // leaders of groups that TRUNCATE cannot empty
  // By leader: partitioned tables that reference what is truncated, and so are truncated as well.
  std::map<std::size_t, std::set<const TargetRelation*>> roots_;
  // Constraints that a load defers, or must check before it ends.
  std::map<std::size_t, std::vector<const TargetKey*>> deferred_;
  Problems problems_;
  std::size_t copies_ = 0;
};

}  // namespace pgclone::table
