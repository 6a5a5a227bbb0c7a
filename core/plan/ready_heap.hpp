// The tasks that could run now, most urgent first: a binary heap over memory of a queue.
#pragma once

#include <algorithm>
#include <cstdint>

namespace pgclone::plan {

// `Tasks` is an array of something with a `priority`; among equals the lower number comes first, as
// in the plan. A view: both the numbers and their count lie elsewhere.
template <typename Tasks>
class ReadyHeap {
 public:
  ReadyHeap(std::uint32_t* numbers, std::uint32_t& count, Tasks tasks)
      : numbers_(numbers), count_(count), tasks_(tasks) {}

  [[nodiscard]] bool empty() const { return count_ == 0; }
  [[nodiscard]] std::uint32_t top() const { return numbers_[0]; }
  void push(std::uint32_t task) {
    numbers_[count_++] = task;
    std::push_heap(numbers_, numbers_ + count_, LessUrgent{tasks_});
  }
  void pop() {
    std::pop_heap(numbers_, numbers_ + count_, LessUrgent{tasks_});
    --count_;
  }

 private:
  struct LessUrgent {
    Tasks tasks;
    bool operator()(std::uint32_t a, std::uint32_t b) const {
      return tasks[a].priority != tasks[b].priority ? tasks[a].priority < tasks[b].priority : a > b;
    }
  };

  std::uint32_t* numbers_;
  std::uint32_t& count_;
  Tasks tasks_;
};

}  // namespace pgclone::plan
