// Random choices that depend on a seed only, not on the standard library's distributions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <utility>
#include <vector>

namespace pgclone::test::random_schema {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // 0 … n - 1; n is far below 2^64, so the bias of a remainder is none.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  int between(int low, int high) {
    return low + static_cast<int>(below(static_cast<std::size_t>(high - low) + 1));
  }
  bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }

  template <typename Container>
  auto& pick(Container& from) {
    return from[below(std::size(from))];
  }

  // 'count' of them, or all, in random order.
  template <typename T>
  std::vector<T> some(std::vector<T> from, std::size_t count) {
    if (count > from.size()) count = from.size();
    for (std::size_t i = 0; i < count; ++i) std::swap(from[i], from[i + below(from.size() - i)]);
    from.resize(count);
    return from;
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace pgclone::test::random_schema
