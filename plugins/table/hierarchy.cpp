#include "hierarchy.hpp"

#include <algorithm>
#include <set>

#include "row.hpp"

namespace pgclone::table {

namespace {

// Far beyond what anybody has, and far from the end of a stack.
constexpr std::size_t kDeepest = 1000;

constexpr const char* kHint =
    "Its catalog pg_inherits is damaged, or it is no PostgreSQL server that can be trusted.";

void check_kinds(const TableSet& set, const Table& table) {
  if (table.is_partition && table.parents.size() > 1) {
    throw Error(sqlstate::kProtocolViolation,
                "the source says that partition " + source_label(table) + " has several parents")
        .with_detail("It names " + std::to_string(table.parents.size()) + " of them.")
        .with_hint(kHint);
  }
  for (const Parent& parent : table.parents) {
    const Table* above = set.find(parent.oid);
    if (above == nullptr || above->partitioned == table.is_partition) continue;
    throw Error(sqlstate::kProtocolViolation, "the source says that table " + source_label(table) +
                                                  " is a child of table " + source_label(*above))
        .with_detail("One of them takes partitions, or is one, and the other isn't.")
        .with_hint(kHint);
  }
}

// `left`: tables that lie below themselves, or below such.
[[noreturn]] void refuse_circle(const TableSet& set, const std::set<Oid>& left) {
  std::vector<const Table*> path;
  const Table* at = set.find(*left.begin());
  while (std::ranges::find(path, at) == path.end()) {
    path.push_back(at);
    at = set.find(std::ranges::find_if(at->parents, [&](const Parent& parent) {
                    return left.contains(parent.oid);
                  })->oid);
  }
  path.erase(path.begin(), std::ranges::find(path, at));
  std::string list;
  for (const Table* table : path) list += source_label(*table) + ", ";
  throw Error(sqlstate::kProtocolViolation,
              "the source says that table " + source_label(*at) + " is below itself")
      .with_detail("Each of these has the next one as its parent: " + list + source_label(*at) +
                   ".")
      .with_hint(kHint);
}

}  // namespace

void check_hierarchy(const TableSet& set) {
  std::map<Oid, std::size_t> waits_for;
  std::map<Oid, std::size_t> depth;
  Children children;
  std::vector<const Table*> open;
  std::set<Oid> left;
  for (const Table& table : set.tables()) {
    check_kinds(set, table);
    left.insert(table.oid);
    for (const Parent& parent : table.parents) {
      if (set.find(parent.oid) == nullptr) continue;
      children[parent.oid].push_back(&table);
      ++waits_for[table.oid];
    }
    if (waits_for[table.oid] == 0) open.push_back(&table);
  }
  while (!open.empty()) {
    const Table& table = *open.back();
    open.pop_back();
    left.erase(table.oid);
    if (depth[table.oid] > kDeepest) {
      throw Error("54001", "table " + source_label(table) + " of the source lies too deep")
          .with_detail("More than " + std::to_string(kDeepest) + " tables are above it.")
          .with_hint("Clone it alone, or with fewer of those that it inherits from.");
    }
    for (const Table* child : children[table.oid]) {
      depth[child->oid] = std::max(depth[child->oid], depth[table.oid] + 1);
      if (--waits_for[child->oid] == 0) open.push_back(child);
    }
  }
  if (!left.empty()) refuse_circle(set, left);
}

std::vector<const Table*> tree_of(const Table& top, const Children& children) {
  std::vector<const Table*> tree{&top};
  std::set<Oid> seen{top.oid};
  for (std::size_t i = 0; i < tree.size(); ++i) {
    const auto below = children.find(tree[i]->oid);
    if (below == children.end()) continue;
    for (const Table* child : below->second)
      if (seen.insert(child->oid).second) tree.push_back(child);
  }
  return tree;
}

}  // namespace pgclone::table
