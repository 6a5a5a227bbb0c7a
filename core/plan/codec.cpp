#include "plan/codec.hpp"

#include <cstring>
#include <type_traits>

#include "pgclone/plugin/error.hpp"

namespace pgclone::plan {
namespace {

class Writer {
 public:
  template <typename T>
  void value(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    char bytes[sizeof value];
    std::memcpy(bytes, &value, sizeof value);
    out.append(bytes, sizeof value);
  }
  void text(const std::string& text) {
    value(std::uint64_t{text.size()});
    out += text;
  }
  std::string out;
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  template <typename T>
  T value() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(value<std::uint64_t>())); }

 private:
  std::string_view take(std::size_t size) {
    if (size > rest_.size()) throw Error(sqlstate::kInternalError, "the task queue is damaged");
    const auto piece = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return piece;
  }
  std::string_view rest_;
};

void put(Writer& out, const Step& step) {
  for (const auto* text :
       {&step.strategy, &step.group, &step.key, &step.kind, &step.label, &step.action,
        &step.payload, &step.creates.kind, &step.creates.schema, &step.creates.name,
        &step.creates.arguments, &step.failure, &step.remedy})
    out.text(*text);
  out.value(step.phase);
  out.value(step.after);
  out.value(step.belongs_to);
  out.value(step.cost);
  out.value(std::uint64_t{step.statements.size()});
  for (const auto& statement : step.statements) out.text(statement);
  out.value(std::uint64_t{step.provides.size()});
  for (const auto& id : step.provides) out.value(id);
}

Step get(Reader& in) {
  Step step;
  for (auto* text : {&step.strategy, &step.group, &step.key, &step.kind, &step.label, &step.action,
                     &step.payload, &step.creates.kind, &step.creates.schema, &step.creates.name,
                     &step.creates.arguments, &step.failure, &step.remedy})
    *text = in.text();
  step.phase = in.value<Phase>();
  step.after = in.value<Milestone>();
  step.belongs_to = in.value<ObjectId>();
  step.cost = in.value<std::uint64_t>();
  for (auto n = in.value<std::uint64_t>(); n > 0; --n) step.statements.push_back(in.text());
  for (auto n = in.value<std::uint64_t>(); n > 0; --n)
    step.provides.push_back(in.value<ObjectId>());
  return step;
}

}  // namespace

std::string encode(const std::vector<Step>& steps) {
  Writer out;
  out.value(std::uint64_t{steps.size()});
  for (const auto& step : steps) put(out, step);
  return std::move(out.out);
}

std::vector<Step> decode(std::string_view bytes) {
  Reader in(bytes);
  std::vector<Step> steps;
  for (auto n = in.value<std::uint64_t>(); n > 0; --n) steps.push_back(get(in));
  return steps;
}

}  // namespace pgclone::plan
