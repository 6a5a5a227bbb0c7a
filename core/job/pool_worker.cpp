#include "job/pool_worker.hpp"

#include "job/json_text.hpp"
#include "job/task_loop.hpp"

namespace pgclone::job {

namespace json = boost::json;

std::string WorkerBrief::to_text() const {
  const json::object object{
      {"job", job},           {"strategy", spec.strategy},   {"spec", spec.to_json()},
      {"snapshot", snapshot}, {"source_path", paths.source}, {"target_path", paths.running}};
  return json::serialize(object);
}

WorkerBrief WorkerBrief::from_text(std::string_view text) {
  const json::object object = parse_own_json(text).as_object();
  WorkerBrief brief;
  brief.job = object.at("job").to_number<std::int32_t>();
  brief.spec = JobSpec::from_json(object.at("strategy").as_string(), object.at("spec").as_string());
  brief.snapshot = object.at("snapshot").as_string();
  brief.paths.source = object.at("source_path").as_string();
  brief.paths.running = object.at("target_path").as_string();
  return brief;
}

void run_pool_worker(const WorkerBrief& brief, plan::TaskQueue& queue, PoolMember& member,
                     Ports& ports) {
  const options::OptionSet options = validate(brief.spec, ports.plugins);
  SourceLink source(ports, snapshot_strategy(options), brief.snapshot);
  source.set_search_path(brief.paths.source);
  Journal journal(*ports.journal, brief.job);
  TaskLoop loop(ports, source, options, journal, queue, brief.paths.running,
                TaskLoop::Place::in_pool);
  // Connect before a task is taken: a source without a free connection costs the pool one worker,
  // not the job a table.
  if (queue.reading() > 0) source.copier();
  for (;;) {
    member.listen();
    const auto task = queue.claim(member.number());
    // Before the task is run: it may drop what our last copy has still locked, in one database.
    if (queue.reading() == 0) source.release();
    if (task) {
      member.stop_listening();
      loop.run(*task);
      member.announce_change();
    } else if (queue.finished()) {
      member.stop_listening();
      return;
    } else {
      member.wait_for_change();
    }
  }
}

}  // namespace pgclone::job
