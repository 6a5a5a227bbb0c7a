#include "cut.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "row.hpp"

namespace pgclone::table {

namespace {

constexpr int kTidRangeScan = 140000;
constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kSmallestTable = 64 * kMegabyte;
constexpr std::uint64_t kSmallestPart = 32 * kMegabyte;
// So that the last parts, which some workers wait for, are a small share of the whole.
constexpr std::uint64_t kPartsPerWorker = 4;
// Of all tables together: each is a task, and sizes are what the source says.
constexpr std::uint64_t kMostParts = 10'000;

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
  std::uint64_t total = 0;
  for (const Table& table : set.tables()) total += std::min(table.size, UINT64_MAX - total);
  if (wanted > 0) {
    const auto bytes = static_cast<std::uint64_t>(wanted);
    return {bytes, std::max(bytes, total / kMostParts)};
  }
  return {std::max(kSmallestTable, total / workers / 4 * 3),
          std::max(kSmallestPart, total / workers / kPartsPerWorker)};
}

// Where the parts after the first begin, in blocks of equal number.
std::vector<std::uint64_t> cuts_of(std::uint64_t size, std::uint64_t blocks, std::uint64_t part) {
  blocks = std::min<std::uint64_t>(blocks, UINT32_MAX);  // more can't be numbered
  const std::uint64_t parts = std::min(size / part + (size % part > 0 ? 1 : 0), blocks);
  std::vector<std::uint64_t> cuts;
  for (std::uint64_t i = 1; i < parts; ++i) cuts.push_back(blocks * i / parts);
  return cuts;
}

std::string tid(std::uint64_t block) {
  return "'(" + std::to_string(block) + ",0)'::pg_catalog.tid";
}

// As one, a table is defined and copied in a single transaction.
Begun begun(const PlanContext& context, const Table& table) {
  const std::string group = table_group(table);
  if (!context.finished_before(group)) return Begun::no;
  return context.finished_before(group + kRowsKey) ? Begun::as_one : Begun::in_parts;
}

// Without a snapshot each part would see its own moment: a row that an UPDATE moves meanwhile could
// come twice, or never.
bool may_cut(PlanContext& context) {
  return context.target().supports(Capability::own_transactions) && context.consistent() &&
         context.options().integer("parallel") > 1 &&
         context.source().server_version() >= kTidRangeScan;
}

Limits wanted_limits(PlanContext& context, const TableSet& set) {
  const std::int64_t wanted = may_cut(context) ? wanted_split(context) : 0;
  if (wanted == 0) return {UINT64_MAX, UINT64_MAX};
  const auto workers = static_cast<std::uint64_t>(context.options().integer("parallel"));
  return limits_for(wanted, workers, set);
}

// Of those among the tables that ranges of blocks can be read of.
std::map<Oid, std::uint64_t> read_blocks(Session& source, const std::vector<Oid>& tables) {
  std::map<Oid, std::uint64_t> blocks;
  if (tables.empty() || source.server_version() < kTidRangeScan) return blocks;
  const std::string oids = oid_array(tables);
  const Param params[] = {oids};
  const Result& result = source.query(R"sql(
SELECT c.oid,
       coalesce(pg_catalog.pg_relation_size(c.oid) / pg_catalog.current_setting('block_size')::bigint, 0)
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_am am ON am.oid = c.relam
WHERE c.oid = ANY($1::pg_catalog.oid[]) AND am.amname = 'heap')sql",
                                      params);
  for (std::size_t i = 0; i < result.rows(); ++i) {
    Row row(result, i);
    const Oid oid = row.oid();
    blocks[oid] = row.count();
  }
  return blocks;
}

}  // namespace

void cut_large_tables(PlanContext& context, TableSet& set) {
  cut_large_tables(context, set, [&](const Table& table) { return begun(context, table); });
}

void cut_large_tables(PlanContext& context, TableSet& set,
                      const std::function<Begun(const Table&)>& begun) {
  const Limits limits = wanted_limits(context, set);
  std::vector<Oid> wanted;
  for (Table& table : set.tables()) {
    if (table.partitioned) continue;
    const Begun before = begun(table);
    // With one part at least, also if the table can't be cut any more.
    if (before == Begun::in_parts) table.cuts.emplace();
    if (before == Begun::in_parts || (before == Begun::no && table.size > limits.table))
      wanted.push_back(table.oid);
  }
  for (const auto& [oid, blocks] : read_blocks(context.source(), wanted)) {
    Table* const table = set.find(oid);
    if (table == nullptr) continue;
    std::vector<std::uint64_t> cuts = cuts_of(table->size, blocks, limits.part);
    if (table->cuts || !cuts.empty()) table->cuts = std::move(cuts);
  }
}

std::string part_condition(const Table& table, std::size_t part) {
  std::string text;
  if (part > 0) text = "ctid >= " + tid((*table.cuts)[part - 1]);
  if (part == table.cuts->size()) return text;
  return text + (text.empty() ? "" : " AND ") + "ctid < " + tid((*table.cuts)[part]);
}

}  // namespace pgclone::table
