#include "conflict/resolver.hpp"

#include <algorithm>
#include <unordered_map>

#include "conflict/existing_json.hpp"
#include "conflict/keeping.hpp"
#include "conflict/resolution.hpp"
#include "host/plugin_call.hpp"
#include "job/json_text.hpp"
#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::conflict {
namespace {

namespace json = boost::json;

std::string describe(const plan::OwnedName& name) {
  std::string kind = name.kind;
  std::transform(kind.begin(), kind.end(), kind.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  return kind + " " + sql::qualified(name.schema, name.name) + name.arguments;
}

struct Wish {
  std::size_t step;  // that makes what the object is in the way of, or is about the object
  ExistingObject existing;
  std::vector<ExistingObject> parts;
  std::vector<std::string> dependants;
};

// Every collision once. An index or sequence of a relation that collides itself goes with it.
std::vector<Wish> find_wishes(const plan::Builder& plan, const ResolveInput& input) {
  std::vector<std::size_t> creating;
  std::vector<plan::OwnedName> names;
  for (std::size_t i = 0; i < plan.steps.size(); ++i)
    if (!plan.steps[i].creates.empty() && !input.done.contains(plan.steps[i].key)) {
      creating.push_back(i);
      names.push_back(plan.steps[i].creates);
    }
  auto collisions = find_existing(input.target, names);
  std::unordered_set<std::uint64_t> seen;
  std::unordered_set<std::uint32_t> relations;
  for (const auto& hit : collisions)
    if (hit.existing.id.classid == catalog::kClass) relations.insert(hit.existing.id.objid);
  std::vector<Wish> wishes;
  for (auto& hit : collisions) {
    if (hit.existing.owner != 0 && relations.contains(hit.existing.owner)) continue;
    const std::uint64_t identity =
        (std::uint64_t{hit.existing.id.classid} << 32) | hit.existing.id.objid;
    if (seen.insert(identity).second)
      wishes.push_back({creating[hit.wanted], std::move(hit.existing), {}, {}});
  }
  return wishes;
}

void add_surroundings(std::vector<Wish>& wishes, Session& target) {
  std::unordered_map<std::uint32_t, Wish*> by_oid;
  std::vector<std::uint32_t> relations;
  std::vector<ObjectId> all;
  for (auto& wish : wishes) {
    by_oid.emplace(wish.existing.id.objid, &wish);
    all.push_back(wish.existing.id);
    if (wish.existing.id.classid == catalog::kClass) relations.push_back(wish.existing.id.objid);
  }
  for (auto& part : parts_of(target, relations)) {
    auto& parts = by_oid.at(part.owner)->parts;
    parts.push_back(std::move(part));
  }
  for (auto& dependant : outside_dependants(target, all)) {
    auto& list = by_oid.at(dependant.on)->dependants;
    list.push_back(std::move(dependant.description));
  }
}

void decide(const Wish& wish, const ResolveInput& input, RecordedResolution& out) {
  const std::string_view id = input.options.text("conflict");
  std::vector<ObjectName> parts;
  for (const auto& part : wish.parts) parts.push_back(part.name.view());
  std::vector<std::string_view> dependants(wish.dependants.begin(), wish.dependants.end());
  const ConflictStrategy& strategy = input.plugins.conflict(id);
  const std::string subject = describe(wish.existing.name);
  host::call({"conflict", id, input.plugins.plugin_of("conflict", id), "decide()", subject}, [&] {
    strategy.decide({wish.existing.name.view(), parts, dependants}, input.options, out);
  });
}

[[noreturn]] void refuse(const std::vector<Wish>& wishes,
                         const std::deque<RecordedResolution>& resolutions) {
  std::string list;
  std::string hint;
  std::size_t count = 0;
  const plan::OwnedName* first = nullptr;
  std::string sqlstate;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    if (!resolutions[i].refused) continue;
    ++count;
    if (first == nullptr) {
      first = &wishes[i].existing.name;
      sqlstate = resolutions[i].refusal_sqlstate;
    }
    list += (list.empty() ? "" : "\n") + resolutions[i].refusal;
    if (hint.empty()) hint = resolutions[i].refusal_hint;
  }
  const std::string message = count == 1
                                  ? describe(*first) + " is in the way on the target"
                                  : std::to_string(count) + " objects are in the way on the target";
  if (sqlstate.empty())
    sqlstate = first->kind == "TABLE" ? sqlstate::kDuplicateTable : sqlstate::kDuplicateObject;
  throw Error(sqlstate, message).with_detail(list).with_hint(hint);
}

// The steps that stand and fall with an object: the one that makes it, and those that belong to
// what that one provides.
std::vector<std::size_t> steps_of(const plan::Builder& plan, std::size_t creating) {
  const auto& provides = plan.steps[creating].provides;
  std::vector<std::size_t> steps;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const ObjectId owner = plan.steps[i].belongs_to;
    const bool belongs =
        owner != ObjectId{} && std::find(provides.begin(), provides.end(), owner) != provides.end();
    if (i == creating || belongs) steps.push_back(i);
  }
  return steps;
}

plan::Step settling_step(const plan::Step& creating, const Wish& wish, std::string_view suffix,
                         Phase phase, const std::vector<std::string>& statements) {
  plan::Step step;
  step.group = creating.group;
  step.key = creating.key + std::string(suffix);
  step.kind = creating.kind;
  step.label = creating.label;
  step.phase = phase;
  step.after = creating.after;
  step.action = kSettleAction;
  json::object payload = to_json(wish.existing);
  payload["statements"] = json::value_from(statements);
  step.payload = json::serialize(payload);
  return step;
}

// Does nothing any more, but keeps its place: what needs its object still waits for it, and for all
// that comes in front of it. A job that resumes this one finds it done.
void empty_out(plan::Step& step) {
  step.statements.clear();
  step.again.clear();
  step.failure.clear();
  step.action.clear();
  step.payload.clear();
  step.creates = {};
  step.cost = step.effort = 0;
}

// Where what comes after everything else of an object has its place: rows that go into an existing
// one may be several transactions.
const std::string& last_group(const plan::Builder& plan, std::size_t creating) {
  const plan::Step& first = plan.steps[creating];
  if (!first.existing) return first.group;
  const auto last = std::find_if(plan.steps.rbegin(), plan.steps.rend(), [&](const auto& step) {
    return step.existing && step.creates.schema == first.creates.schema &&
           step.creates.name == first.creates.name;
  });
  return last->group;
}

// Rewrites the plan for the decisions that need no staging.
void apply(plan::Builder& plan, const std::vector<Wish>& wishes,
           const std::deque<RecordedResolution>& resolutions, Resolved& out) {
  std::vector<bool> dropped(plan.steps.size(), false);
  std::unordered_multimap<std::size_t, plan::Step> in_front;
  std::vector<plan::Step> behind;
  for (std::size_t w = 0; w < wishes.size(); ++w) {
    const RecordedResolution& decision = resolutions[w];
    const std::size_t creating = wishes[w].step;
    const plan::Step& made = plan.steps[creating];
    if (decision.leaves) {
      out.skipped.push_back({made.group, made.kind, made.label});
      for (const auto i : steps_of(plan, creating)) dropped[i] = true;
      continue;
    }
    if (decision.into_existing)
      for (const auto i : steps_of(plan, creating))
        if (plan.steps[i].phase != Phase::load && !plan.steps[i].existing) empty_out(plan.steps[i]);
    // In front of the parts too: an owned sequence is made before its table, under a name that the
    // old one may still have.
    if (!decision.statements_before.empty())
      in_front.emplace(
          steps_of(plan, creating).front(),
          settling_step(made, wishes[w], " (before)", Phase::define, decision.statements_before));
    if (!decision.statements_after.empty()) {
      behind.push_back(settling_step(made, wishes[w], " (after)", Phase::finish, {}));
      behind.back().group = last_group(plan, creating);
      behind.back().action.clear();
      behind.back().payload.clear();
      behind.back().statements = decision.statements_after;
    }
  }
  std::vector<plan::Step> kept;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (auto [found, end] = in_front.equal_range(i); found != end; ++found)
      kept.push_back(std::move(found->second));
    if (!dropped[i]) kept.push_back(std::move(plan.steps[i]));
  }
  std::move(behind.begin(), behind.end(), std::back_inserter(kept));
  plan.steps = std::move(kept);
}

// What is the target's own (belongings.hpp): refused here where it can't be kept, before anything
// changes.
void check_belongings(const std::vector<Wish>& wishes,
                      const std::deque<RecordedResolution>& resolutions, const ResolveInput& input,
                      Resolved& out) {
  std::vector<ObjectId> replaced, moved;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    if (resolutions[i].beside)
      replaced.push_back(wishes[i].existing.id);
    else if (!resolutions[i].into_existing && !resolutions[i].statements_before.empty())
      moved.push_back(wishes[i].existing.id);
  }
  const Brought brought = brought_along(input.options);
  if (!replaced.empty()) refuse_bound(belongings(input.target, replaced), brought, "replaced");
  check_moved(input.target, moved, out.moved_along);
}

// The plan is one for rows into what is there.
Error changed_its_mind(const Wish& wish) {
  return Error(sqlstate::kInternalError, "the conflict strategy decided twice, and differently")
      .with_detail("It would load rows into " + describe(wish.existing.name) +
                   ", and then do something else.")
      .with_hint("This is a defect of its plugin: decisions must follow from what it is given.");
}

[[noreturn]] void refuse_both(const Wish& kept, const Wish& replaced) {
  throw Error(sqlstate::kFeatureNotSupported,
              "a clone cannot replace objects and load rows into others")
      .with_detail("The conflict strategy would load rows into " + describe(kept.existing.name) +
                   ", and build the clone beside " + describe(replaced.existing.name) + ".")
      .with_hint("Clone them apart, or use another conflict strategy.");
}

// Relations to load rows into that the plan wasn't made for.
Names unplanned(const plan::Builder& plan, const std::vector<Wish>& wishes,
                const std::deque<RecordedResolution>& resolutions, const Names& told) {
  const auto beside = std::ranges::find_if(resolutions, &RecordedResolution::beside);
  Names names;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    const plan::Step& step = plan.steps[wishes[i].step];
    if (!resolutions[i].into_existing || wishes[i].existing.id.classid != catalog::kClass) {
      if (step.existing) throw changed_its_mind(wishes[i]);
      continue;
    }
    if (beside != resolutions.end())
      refuse_both(wishes[i], wishes[static_cast<std::size_t>(beside - resolutions.begin())]);
    const std::pair name(step.creates.schema, step.creates.name);
    if (!told.contains(name)) names.insert(name);
  }
  return names;
}

}  // namespace

Resolved resolve(plan::Builder& plan, const ResolveInput& input) {
  Resolved out;
  auto wishes = find_wishes(plan, input);
  if (wishes.empty()) return out;
  add_surroundings(wishes, input.target);

  NameSpace names(input.target);
  std::deque<RecordedResolution> resolutions;
  for (const auto& wish : wishes) decide(wish, input, resolutions.emplace_back(names));
  if (std::any_of(resolutions.begin(), resolutions.end(), [](auto& r) { return r.refused; }))
    refuse(wishes, resolutions);

  out.existing = unplanned(plan, wishes, resolutions, input.existing);
  if (!out.existing.empty()) return out;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    for (const auto& notice : resolutions[i].notices) out.notices.push_back(notice);
    if (resolutions[i].beside)
      out.replaced.push_back(
          {wishes[i].existing, resolutions[i].statements_after, !wishes[i].dependants.empty()});
  }
  check_belongings(wishes, resolutions, input, out);
  if (out.replaced.empty()) apply(plan, wishes, resolutions, out);
  return out;
}

void lock_existing(Session& target, const ExistingObject& existing) {
  const std::string name = sql::qualified(existing.name.schema, existing.name.name);
  const auto changed = [&] {
    return Error(sqlstate::kObjectNotInPrerequisiteState,
                 describe(existing.name) + " was changed while the clone was being planned")
        .with_detail("It is no longer the object that the conflict strategy decided about.")
        .with_hint("Run the clone again.");
  };
  if (existing.name.kind == "TABLE")
    target.execute("LOCK TABLE ONLY " + name + " IN ACCESS EXCLUSIVE MODE");
  const std::string classid = std::to_string(existing.id.classid);
  const std::string objid = std::to_string(existing.id.objid);
  const Param params[] = {classid, objid};
  const Result& now = target.query(
      "SELECT identity FROM pg_catalog.pg_identify_object($1::oid, $2::oid, 0)", params);
  if (now.is_null(0, 0) || now.text(0, 0) != existing.identity) throw changed();
}

void run_settle(Session& target, std::string_view payload) {
  const json::object object = job::parse_own_json(payload).as_object();
  lock_existing(target, existing_from_json(object));
  for (const auto& statement : object.at("statements").as_array())
    target.execute(statement.as_string());
}

}  // namespace pgclone::conflict
