#include "cut.hpp"

#include <algorithm>

#include "row.hpp"

namespace pgclone::table {

namespace {

constexpr int kTidRangeScan = 140000;
constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kSmallestTable = 64 * kMegabyte;
constexpr std::uint64_t kSmallestPart = 32 * kMegabyte;
// So that the last parts, which some workers wait for, are a small share of the whole.
constexpr std::uint64_t kPartsPerWorker = 4;

struct Limits {
  std::uint64_t table = 0;  // tables above are cut …
  std::uint64_t part = 0;   // … into parts of about this size
};

// -1: nobody has said anything. The setting is unknown where pgclone isn't loaded.
std::int64_t wanted_split(PlanContext& context) {
  if (context.options().given("split_bytes")) return context.options().integer("split_bytes");
  const Result& result = context.target().query(
      "SELECT coalesce((SELECT s.setting::bigint FROM pg_catalog.pg_settings s"
      " WHERE s.name = 'pgclone.split_size'), -1)");
  const std::int64_t megabytes = result.integer(0, 0);
  return megabytes < 0 ? -1 : megabytes * static_cast<std::int64_t>(kMegabyte);
}

// By itself a table is only cut when it would keep one worker busy for about as long as the others
// have work: parts cost a transaction each, and forgo COPY FREEZE.
Limits limits_for(std::int64_t wanted, std::uint64_t workers, const TableSet& set) {
  if (wanted > 0) return {static_cast<std::uint64_t>(wanted), static_cast<std::uint64_t>(wanted)};
  std::uint64_t total = 0;
  for (const Table& table : set.tables()) total += table.size;
  return {std::max(kSmallestTable, total / workers / 4 * 3),
          std::max(kSmallestPart, total / workers / kPartsPerWorker)};
}

// Where the parts after the first begin, in blocks of equal number.
std::vector<std::uint64_t> cuts_of(std::uint64_t size, std::uint64_t blocks, std::uint64_t part) {
  const std::uint64_t parts = std::min((size + part - 1) / part, blocks);
  std::vector<std::uint64_t> cuts;
  for (std::uint64_t i = 1; i < parts; ++i) cuts.push_back(blocks * i / parts);
  return cuts;
}

std::string tid(std::uint64_t block) {
  return "'(" + std::to_string(block) + ",0)'::pg_catalog.tid";
}

}  // namespace

void cut_large_tables(PlanContext& context, TableSet& set) {
  if (!context.target().supports(Capability::own_transactions)) return;
  const auto workers = static_cast<std::uint64_t>(context.options().integer("parallel"));
  if (workers < 2 || context.source().server_version() < kTidRangeScan) return;
  const std::int64_t wanted = wanted_split(context);
  if (wanted == 0) return;
  const Limits limits = limits_for(wanted, workers, set);
  std::vector<Oid> large;
  for (const Table& table : set.tables()) {
    if (!table.partitioned && table.size > limits.table) large.push_back(table.oid);
  }
  if (large.empty()) return;
  const std::string oids = oid_array(large);
  const Param params[] = {oids};
  const Result& result = context.source().query(R"sql(
SELECT c.oid, pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE c.oid = ANY($1::pg_catalog.oid[]) AND am.amname = 'heap')sql",
                                                params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    Table* const table = set.find(row.oid());
    const auto blocks = static_cast<std::uint64_t>(row.integer());
    if (table != nullptr) table->cuts = cuts_of(table->size, blocks, limits.part);
  }
}

std::string part_condition(const Table& table, std::size_t part) {
  std::string text;
  if (part > 0) text = "ctid >= " + tid(table.cuts[part - 1]);
  if (part == table.cuts.size()) return text;
  return text + (text.empty() ? "" : " AND ") + "ctid < " + tid(table.cuts[part]);
}

}  // namespace pgclone::table
