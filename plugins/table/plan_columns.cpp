// The option "columns": what needs a column that stays behind stays behind, too.
#include <algorithm>

#include "common/nearest.hpp"
#include "planner.hpp"
#include "rewrite.hpp"
#include "row.hpp"

namespace pgclone::table {

namespace {

class ColumnFilter {
 public:
  ColumnFilter(PlanContext& context, Table& table)
      : context_(context),
        table_(table),
        uses_(read_column_uses(context.source(), table.oid)),
        label_(source_label(table)) {
    for (const Column& column : table_.columns) names_[column.number] = column.name;
  }

  void apply() {
    choose();
    drop_generated();
    drop_defaults();
    table_.of_type.clear();
    std::erase_if(table_.columns, [&](const Column& column) { return is_missing(column.number); });
    std::erase_if(table_.sequences, [&](const Sequence& sequence) {
      return std::ranges::none_of(
          table_.columns, [&](const Column& column) { return column.name == sequence.column; });
    });
    drop_parts();
  }

 private:
  void choose() {
    std::set<std::string> wanted;
    std::vector<std::string> all;
    for (const Column& column : table_.columns) all.push_back(column.name);
    for (const std::string_view name : context_.options().names("columns")) {
      if (std::ranges::find(all, name) == all.end()) refuse_unknown(std::string(name), all);
      wanted.emplace(name);
    }
    if (wanted.empty()) {
      throw Error(sqlstate::kInvalidParameterValue, "option \"columns\" names no column")
          .with_detail("The list is empty.")
          .with_hint("Leave the option out to clone all columns.");
    }
    for (const Column& column : table_.columns) {
      if (!wanted.contains(column.name)) missing_.insert(column.number);
    }
  }

  [[noreturn]] void refuse_unknown(const std::string& name, const std::vector<std::string>& all) {
    Error error(sqlstate::kUndefinedColumn, "column " + sql::identifier(name) +
                                                " of option \"columns\" does not exist in table " +
                                                label_ + " on the source");
    const std::string near = common::nearest_name(name, all);
    std::vector<std::string> quoted;
    for (const std::string& column : all) quoted.push_back(sql::identifier(column));
    error.with_detail("The table's columns are: " + join(quoted, ", ") + ".");
    error.with_hint(near.empty() ? "Names are exact and case-sensitive; write them without quotes."
                                 : "Perhaps you meant " + sql::identifier(near) + ".");
    throw error;
  }

  [[nodiscard]] bool is_missing(int number) const { return missing_.contains(number); }

  // The first column that a part needs and that stays behind; null when there is none.
  const std::string* lacks(Oid classid, Oid objid) {
    const auto it = uses_.find({classid, objid});
    if (it == uses_.end()) return nullptr;
    for (const int number : it->second) {
      if (is_missing(number)) return &names_[number];
    }
    return nullptr;
  }

  // Every listed column was named by the user, so one that cannot be had is an error.
  void drop_generated() {
    for (const Column& column : table_.columns) {
      if (!column.generated || is_missing(column.number)) continue;
      if (const std::string* needed = lacks(catalog::kAttrdef, column.default_oid)) {
        throw Error(sqlstate::kUndefinedColumn,
                    "column " + sql::identifier(column.name) + " of table " + label_ +
                        " cannot be cloned without column " + sql::identifier(*needed))
            .with_detail("It is generated from that column.")
            .with_hint("Add that column to option \"columns\", or take this one out.");
      }
    }
  }

  // A default cannot read another column, but may use a sequence that a missing column owns.
  void drop_defaults() {
    for (Column& column : table_.columns) {
      if (is_missing(column.number) || column.generated || !column.default_text) continue;
      for (const Sequence& sequence : table_.sequences) {
        const std::string& text = *column.default_text;
        if (replace_regclass(text, sequence.regclass_text, {}) == text) continue;
        const auto owner = std::ranges::find(table_.columns, sequence.column, &Column::name);
        if (owner == table_.columns.end() || !is_missing(owner->number)) continue;
        report("default of column " + sql::identifier(column.name), sequence.column);
        column.default_text.reset();
        column.default_oid = 0;
        break;
      }
    }
  }

  void drop_parts() {
    std::erase_if(table_.indexes, [&](const Index& index) {
      if (index.constraint != 0) {
        return dropped(catalog::kConstraint, index.constraint,
                       "constraint " + sql::identifier(index.name));
      }
      return dropped(catalog::kClass, index.oid, "index " + sql::identifier(index.name));
    });
    std::erase_if(table_.checks, [&](const Check& check) {
      return dropped(catalog::kConstraint, check.oid, "constraint " + sql::identifier(check.name));
    });
    std::erase_if(table_.foreign_keys, [&](const ForeignKey& key) {
      return dropped(catalog::kConstraint, key.oid, "foreign key " + sql::identifier(key.name));
    });
    std::erase_if(table_.statistics, [&](const Statistics& item) {
      return dropped(catalog::kStatisticExt, item.oid, "statistics " + sql::identifier(item.name));
    });
    std::erase_if(table_.triggers, [&](const Trigger& trigger) {
      return dropped(catalog::kTrigger, trigger.oid, "trigger " + sql::identifier(trigger.name));
    });
    std::erase_if(table_.attachments, [&](const common::Attachment& item) {
      return dropped(item.id.classid, item.id.objid,
                     std::string(item.kind.name) + " " + sql::identifier(item.name));
    });
  }

  bool dropped(Oid classid, Oid objid, const std::string& what) {
    const std::string* column = lacks(classid, objid);
    if (column != nullptr) report(what, *column);
    return column != nullptr;
  }

  void report(const std::string& what, const std::string& column) {
    context_.report(
        Severity::notice, "left out " + what + " of table " + label_,
        "It needs column " + sql::identifier(column) + ", which option \"columns\" does not list.");
  }

  PlanContext& context_;
  Table& table_;
  std::map<std::pair<Oid, Oid>, std::vector<int>> uses_;
  std::string label_;
  std::set<int> missing_;
  std::map<int, std::string> names_;
};

}  // namespace

void Planner::filter_columns() {
  ColumnFilter(context_, *set_.find(root_)).apply();
}

}  // namespace pgclone::table
