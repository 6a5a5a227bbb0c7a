// A small directed graph: what the plan compiler needs of graph theory.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace pgclone::plan {

class Graph {
 public:
  explicit Graph(std::size_t nodes) : successors_(nodes) {}
  // `to` comes after `from`. Self-edges are dropped; duplicates are harmless.
  void edge(std::uint32_t from, std::uint32_t to) {
    if (from != to) successors_[from].push_back(to);
  }
  [[nodiscard]] std::size_t size() const { return successors_.size(); }
  [[nodiscard]] const std::vector<std::uint32_t>& successors(std::uint32_t node) const {
    return successors_[node];
  }
  void remove_duplicates();

 private:
  std::vector<std::vector<std::uint32_t>> successors_;
};

// The number of each node's strongly connected component, from 0 (Tarjan's algorithm, with its own
// stack: plans can be deep).
std::vector<std::uint32_t> components(const Graph& graph);

// The given nodes in an order that respects all edges among them, ties by `before`. Shorter than
// the input when there is a cycle: then what is missing is on or behind the cycle.
std::vector<std::uint32_t> topological_order(
    const Graph& graph, const std::vector<std::uint32_t>& nodes,
    const std::function<bool(std::uint32_t, std::uint32_t)>& before);

}  // namespace pgclone::plan
