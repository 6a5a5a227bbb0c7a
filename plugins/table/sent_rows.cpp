#include "sent_rows.hpp"

#include "row.hpp"

namespace pgclone::table {

namespace {

std::string joint_condition(const Table& table, const std::string& part) {
  return part + (part.empty() || table.condition.empty() ? "" : " AND ") + table.condition;
}

std::string to_stdout(CopyFormat format) {
  return format == CopyFormat::binary ? " TO STDOUT (FORMAT binary)" : " TO STDOUT";
}

// A stream without rows is the same for any table.
std::string copy_nothing(CopyFormat format) {
  return "COPY (SELECT 1 WHERE false)" + to_stdout(format);
}

// COPY … TO STDOUT. A plain COPY where it does: it is the faster one; it sends no generated
// columns, and refuses views by itself. A table without columns to send has no list that COPY would
// take.
std::string copy_out(const Table& table, const std::vector<std::string>& columns,
                     const std::string& condition, CopyFormat format, bool generated_too) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(sql::identifier(column));
  const std::string list = join(quoted, ", ");
  const std::string options = to_stdout(format);
  if (condition.empty() && !columns.empty() && !generated_too) {
    return "COPY " + source_label(table) + " (" + list + ")" + options;
  }
  return "COPY (" + common::if_table(source_label(table)) + "SELECT " + list + " FROM ONLY " +
         source_label(table) + (condition.empty() ? "" : " WHERE " + condition) + ")" + options;
}

}  // namespace

CopyFormat copy_format(const Options& options, const Table& table, const Column* text_only) {
  const std::string_view wanted = options.text("format");
  if (wanted == "text") return CopyFormat::text;
  if (text_only == nullptr) return CopyFormat::binary;
  if (wanted == "binary") {
    throw Error(sqlstate::kFeatureNotSupported,
                "table " + source_label(table) + " cannot be copied in binary format")
        .with_detail("The binary form of column " + sql::identifier(text_only->name) +
                     ", of type " + text_only->type + ", may differ between two servers.")
        .with_hint("Use \"format\": \"auto\", or clone this table on its own.");
  }
  return CopyFormat::text;
}

Step copy_step(const TableSet& set, const Table& table, const std::string& part,
               CopyPayload payload, bool generated_too) {
  const std::string condition = joint_condition(table, part);
  payload.copy_out =
      table.no_rows ? copy_nothing(payload.format)
                    : copy_out(table, payload.columns, condition, payload.format, generated_too);
  if (!set.same_encoding && !table.no_rows)
    payload.converted_from = CopyOrigin{source_label(table), condition};
  payload.source = listed(table);
  payload.hold = !set.held && !table.no_rows;
  payload.reads_views = table.condition_may_read_views && !table.no_rows;
  Step step;
  step.phase = Phase::load;
  step.action = kCopyAction;
  step.payload = to_json(payload);
  step.cost = table.size;
  return step;
}

}  // namespace pgclone::table
