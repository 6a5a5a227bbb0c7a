#include "plan/queue.hpp"

#include <algorithm>
#include <new>
#include <string>
#include <utility>

#include "plan/codec.hpp"
#include "plan/ready_heap.hpp"

namespace pgclone::plan {

using job::TaskStatus;

// Instead of a task's number.
constexpr std::uint32_t kNone = UINT32_MAX;

struct QueueHeader {
  std::uint32_t tasks = 0;
  std::uint32_t edges = 0;
  std::uint32_t ready = 0;         // ready tasks that don't build
  std::uint32_t ready_builds = 0;  // ready tasks that do
  std::uint32_t most_builds = 0;   // that may run at once
  std::uint32_t ended = 0;
  std::uint32_t running = 0;
  std::uint32_t building = 0;           // running tasks that build
  std::uint32_t reading = 0;            // tasks that read the source and have not ended
  std::uint32_t first_prelude = kNone;  // of those that run; see QueueTask::next_prelude
  bool stopped = false;
};

struct QueueTask {
  std::uint64_t priority = 0;
  std::uint64_t payload = 0;  // where its steps are
  std::uint64_t payload_size = 0;
  std::uint32_t edge = 0;  // its successors: first those that require it, then those that await it
  std::uint32_t required_by = 0;
  std::uint32_t awaited_by = 0;
  std::uint32_t blockers = 0;
  std::uint32_t worker = 0;  // that runs it
  TaskStatus status = TaskStatus::pending;
  bool milestone = false;
  bool table = false;
  bool reads_source = false;
  bool builds = false;
  bool prelude = false;  // over at once, and then there is work
  bool is_long = false;
  std::uint32_t next_prelude = kNone;
};

namespace {

using Ready = ReadyHeap<const QueueTask*>;

constexpr std::size_t aligned(std::size_t size) {
  return (size + 7) & ~std::size_t{7};
}

struct Layout {
  std::size_t tasks;
  std::size_t edges;
  std::size_t heaps;  // two, of which each has room for all tasks
  std::size_t payload;

  Layout(std::size_t task_count, std::size_t edge_count)
      : tasks(aligned(sizeof(QueueHeader))),
        edges(tasks + aligned(task_count * sizeof(QueueTask))),
        heaps(edges + aligned(edge_count * sizeof(std::uint32_t))),
        payload(heaps + aligned(2 * task_count * sizeof(std::uint32_t))) {}
};

std::size_t count_edges(const Plan& plan) {
  std::size_t edges = 0;
  for (const auto& task : plan.tasks) edges += task.required_by.size() + task.awaited_by.size();
  return edges;
}

template <typename T>
T* at(void* memory, std::size_t offset) {
  return reinterpret_cast<T*>(static_cast<char*>(memory) + offset);
}

class Guard {
 public:
  explicit Guard(QueueLock& lock) : lock_(lock) { lock_.lock(); }
  ~Guard() { lock_.unlock(); }
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

 private:
  QueueLock& lock_;
};

bool is_final(TaskStatus status) {
  return status != TaskStatus::pending && status != TaskStatus::running;
}

}  // namespace

std::size_t TaskQueue::size_for(const Plan& plan) {
  std::size_t size = Layout(plan.tasks.size(), count_edges(plan)).payload;
  for (const auto& task : plan.tasks) size += encode(task.steps).size();
  return size;
}

void TaskQueue::create(void* memory, const Plan& plan, const std::vector<bool>& done,
                       std::uint32_t most_builds) {
  const Layout layout(plan.tasks.size(), count_edges(plan));
  auto* header = new (memory) QueueHeader;
  header->tasks = static_cast<std::uint32_t>(plan.tasks.size());
  header->edges = static_cast<std::uint32_t>(count_edges(plan));
  header->most_builds = std::max(most_builds, 1U);
  auto* tasks = at<QueueTask>(memory, layout.tasks);
  auto* edges = at<std::uint32_t>(memory, layout.edges);
  char* payload = at<char>(memory, layout.payload);

  std::uint32_t edge = 0;
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) new (&tasks[i]) QueueTask;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    const Task& from = plan.tasks[i];
    QueueTask& to = tasks[i];
    const std::string bytes = encode(from.steps);
    bytes.copy(payload + offset, bytes.size());
    to.priority = from.priority;
    to.payload = offset;
    to.payload_size = bytes.size();
    to.milestone = from.is_milestone();
    to.table = counts_as_table(from);
    to.reads_source = reads_source(from);
    to.builds = is_build(from);
    to.prelude = is_prelude(from);
    to.is_long = is_long(from);
    if (to.reads_source) ++header->reading;
    to.edge = edge;
    to.required_by = static_cast<std::uint32_t>(from.required_by.size());
    to.awaited_by = static_cast<std::uint32_t>(from.awaited_by.size());
    for (const auto* list : {&from.required_by, &from.awaited_by})
      for (const auto next : *list) {
        edges[edge++] = next;
        ++tasks[next].blockers;
      }
    offset += bytes.size();
  }

  UnsharedLock unshared;
  TaskQueue queue(memory, unshared);
  for (std::uint32_t i = 0; i < header->tasks; ++i)
    if (tasks[i].blockers == 0 && !tasks[i].milestone) queue.push_ready(i);
  for (std::uint32_t i = 0; i < header->tasks; ++i)
    if ((i < done.size() && done[i]) || (tasks[i].blockers == 0 && tasks[i].milestone))
      queue.end(i, TaskStatus::completed);
}

TaskQueue::TaskQueue(void* memory, QueueLock& lock)
    : header_(static_cast<QueueHeader*>(memory)), lock_(lock) {
  const Layout layout(header_->tasks, header_->edges);
  tasks_ = at<QueueTask>(memory, layout.tasks);
  edges_ = at<std::uint32_t>(memory, layout.edges);
  heaps_ = at<std::uint32_t>(memory, layout.heaps);
  payload_ = at<char>(memory, layout.payload);
}

void TaskQueue::push_ready(std::uint32_t task) {
  if (tasks_[task].builds)
    Ready(heaps_ + header_->tasks, header_->ready_builds, tasks_).push(task);
  else
    Ready(heaps_, header_->ready, tasks_).push(task);
}

// The most urgent task that may start now, no longer in its heap.
std::uint32_t TaskQueue::pop_ready() {
  Ready others(heaps_, header_->ready, tasks_);
  Ready builds(heaps_ + header_->tasks, header_->ready_builds, tasks_);
  const bool may_build = !builds.empty() && header_->building < header_->most_builds;
  if (others.empty() && !may_build) return kNone;
  const bool build = may_build && (others.empty() ||
                                   tasks_[builds.top()].priority > tasks_[others.top()].priority);
  Ready& heap = build ? builds : others;
  const std::uint32_t task = heap.top();
  if (tasks_[task].is_long && tasks_[task].priority < urgency_of_preludes()) return kNone;
  heap.pop();
  return task;
}

void TaskQueue::start(std::uint32_t task, std::uint32_t worker) {
  tasks_[task].status = TaskStatus::running;
  tasks_[task].worker = worker;
  ++header_->running;
  if (tasks_[task].builds) ++header_->building;
  if (tasks_[task].prelude) tasks_[task].next_prelude = std::exchange(header_->first_prelude, task);
}

void TaskQueue::leave_running(std::uint32_t task) {
  --header_->running;
  if (tasks_[task].builds) --header_->building;
  if (!tasks_[task].prelude) return;
  std::uint32_t* link = &header_->first_prelude;
  while (*link != task) link = &tasks_[*link].next_prelude;
  *link = tasks_[task].next_prelude;
}

// What a running prelude is about to make ready: a long task of less urgency would keep a worker
// from it for just that moment's sake.
std::uint64_t TaskQueue::urgency_of_preludes() const {
  std::uint64_t urgency = 0;
  for (std::uint32_t i = header_->first_prelude; i != kNone; i = tasks_[i].next_prelude)
    urgency = std::max(urgency, tasks_[i].priority);
  return urgency;
}

std::optional<std::uint32_t> TaskQueue::claim(std::uint32_t worker) {
  const Guard guard(lock_);
  for (;;) {
    const std::uint32_t task = pop_ready();
    if (task == kNone) return std::nullopt;
    if (tasks_[task].status != TaskStatus::pending) continue;  // failed or done while it waited
    start(task, worker);
    return task;
  }
}

std::vector<std::uint32_t> TaskQueue::end(std::uint32_t task, TaskStatus status) {
  const Guard guard(lock_);
  std::vector<std::uint32_t> failed;
  settle(task, status, failed);
  return failed;
}

// Gives a task its verdict, and those that need it theirs if it failed; makes ready what waited for
// it. With a work list instead of recursion, since chains of dependencies can be long.
void TaskQueue::settle(std::uint32_t first, TaskStatus first_status,
                       std::vector<std::uint32_t>& failed) {
  std::vector<std::pair<std::uint32_t, TaskStatus>> work{{first, first_status}};
  while (!work.empty()) {
    const auto [number, status] = work.back();
    work.pop_back();
    QueueTask& task = tasks_[number];
    if (is_final(task.status)) continue;
    if (task.status == TaskStatus::running) leave_running(number);
    task.status = status;
    ++header_->ended;
    if (task.reads_source) --header_->reading;
    if (number != first && !task.milestone && status == TaskStatus::failed)
      failed.push_back(number);
    const std::uint32_t* next = edges_ + task.edge;
    for (std::uint32_t i = 0; i < task.required_by + task.awaited_by; ++i) {
      QueueTask& successor = tasks_[next[i]];
      const bool drags = status == TaskStatus::failed && i < task.required_by;
      if (drags) work.emplace_back(next[i], TaskStatus::failed);
      if (--successor.blockers > 0 || drags || is_final(successor.status)) continue;
      if (successor.milestone)
        work.emplace_back(next[i], TaskStatus::completed);
      else
        push_ready(next[i]);
    }
  }
}

std::vector<std::uint32_t> TaskQueue::abandon(std::uint32_t worker) {
  const Guard guard(lock_);
  std::vector<std::uint32_t> tasks;
  for (std::uint32_t i = 0; i < header_->tasks; ++i)
    if (tasks_[i].status == TaskStatus::running && tasks_[i].worker == worker) {
      tasks_[i].status = TaskStatus::pending;
      leave_running(i);
      if (header_->stopped)
        cancel(i);
      else
        push_ready(i);
      tasks.push_back(i);
    }
  return tasks;
}

void TaskQueue::stop() {
  const Guard guard(lock_);
  header_->stopped = true;
  header_->ready = header_->ready_builds = 0;
  for (std::uint32_t i = 0; i < header_->tasks; ++i)
    if (tasks_[i].status == TaskStatus::pending) cancel(i);
}

void TaskQueue::cancel(std::uint32_t task) {
  tasks_[task].status = TaskStatus::cancelled;
  ++header_->ended;
  if (tasks_[task].reads_source) --header_->reading;
}

TaskStatus TaskQueue::status(std::uint32_t task) const {
  const Guard guard(lock_);
  return tasks_[task].status;
}

std::size_t TaskQueue::size() const {
  return header_->tasks;
}

bool TaskQueue::finished() const {
  const Guard guard(lock_);
  return header_->ended == header_->tasks;
}

std::uint32_t TaskQueue::reading() const {
  const Guard guard(lock_);
  return header_->reading;
}

std::uint32_t TaskQueue::idle_of(std::uint32_t workers) const {
  const Guard guard(lock_);
  if (header_->ready > 0 || header_->ready_builds > 0) return 0;
  const std::uint32_t busy = std::min(workers, header_->running);
  const std::uint32_t room = header_->most_builds - header_->building;
  return std::min(workers - busy, room);
}

bool TaskQueue::is_table(std::uint32_t task) const {
  return tasks_[task].table;
}

std::vector<Step> TaskQueue::steps(std::uint32_t task) const {
  return decode({payload_ + tasks_[task].payload, tasks_[task].payload_size});
}

}  // namespace pgclone::plan
