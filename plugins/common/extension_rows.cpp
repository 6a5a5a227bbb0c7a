#include "common/extension_rows.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/listed.hpp"
#include "common/needs_first.hpp"
#include "common/sequence_state.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

namespace {

constexpr std::string_view kConfigured = R"sql(
SELECT c.oid, n.nspname, c.relname, c.relkind = 'S', coalesce(e.extcondition[i.i], '')
FROM pg_catalog.pg_extension e
CROSS JOIN LATERAL pg_catalog.generate_subscripts(e.extconfig, 1) i (i)
JOIN pg_catalog.pg_class c ON c.oid = e.extconfig[i.i]
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE e.extname = $1::pg_catalog.text AND c.relkind IN ('r', 'S') ORDER BY i.i)sql";

constexpr std::string_view kColumns = R"sql(
SELECT a.attrelid, a.attname
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_attribute a ON a.attrelid = ANY (e.extconfig)
WHERE e.extname = $1::pg_catalog.text AND a.attnum > 0 AND NOT a.attisdropped
  AND pg_catalog.to_jsonb(a) ->> 'attgenerated' IS DISTINCT FROM 's'
ORDER BY a.attrelid, a.attnum)sql";

constexpr std::string_view kReferences = R"sql(
SELECT k.conrelid, k.confrelid
FROM pg_catalog.pg_extension e
JOIN pg_catalog.pg_constraint k ON k.conrelid = ANY (e.extconfig) AND k.contype = 'f'
WHERE e.extname = $1::pg_catalog.text)sql";

// What the target's own extension says of a relation of that name: no text of the source runs
// there.
constexpr std::string_view kOnTarget = R"sql(
SELECT n.nspname, coalesce(e.extcondition[i.i], '')
FROM pg_catalog.pg_extension e
CROSS JOIN LATERAL pg_catalog.generate_subscripts(e.extconfig, 1) i (i)
JOIN pg_catalog.pg_class c ON c.oid = e.extconfig[i.i]
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE e.extname = $1::pg_catalog.text AND c.relname = $2::pg_catalog.text
ORDER BY n.nspname <> $3::pg_catalog.text LIMIT 1)sql";

struct Relation {
  std::uint32_t oid = 0;
  std::string schema;
  std::string name;
  bool sequence = false;
  std::string condition;  // WHERE …, or empty
  std::vector<std::string> columns;
  std::vector<std::uint32_t> references;
  [[nodiscard]] Listed listed() const { return {oid, label()}; }
  [[nodiscard]] std::string label() const { return sql::qualified(schema, name); }
};

class Configuration {
 public:
  Configuration(Session& source, std::string_view extension) {
    const Param params[] = {extension};
    const Result& rows = source.query(kConfigured, params);
    for (std::size_t i = 0; i < rows.rows(); ++i) {
      const std::uint32_t oid = rows.oid(i, 0);
      listed_.push_back(oid);
      Relation& relation = relations_[oid];
      relation.oid = oid;
      relation.schema = rows.text(i, 1);
      relation.name = rows.text(i, 2);
      relation.sequence = rows.boolean(i, 3);
      relation.condition = rows.text(i, 4);
    }
    const Result& columns = source.query(kColumns, params);
    for (std::size_t i = 0; i < columns.rows(); ++i) {
      const auto relation = relations_.find(columns.oid(i, 0));
      if (relation != relations_.end()) relation->second.columns.emplace_back(columns.text(i, 1));
    }
    const Result& keys = source.query(kReferences, params);
    for (std::size_t i = 0; i < keys.rows(); ++i) {
      const auto relation = relations_.find(keys.oid(i, 0));
      if (relation != relations_.end()) relation->second.references.push_back(keys.oid(i, 1));
    }
    std::set<std::uint32_t> seen;
    for (const std::uint32_t oid : listed_) visit(oid, seen);
  }

  // What is referenced first.
  [[nodiscard]] const std::vector<const Relation*>& in_order() const { return ordered_; }

 private:
  void visit(std::uint32_t oid, std::set<std::uint32_t>& seen) {
    const auto references_of = [&](std::uint32_t relation) {
      const auto found = relations_.find(relation);
      return found == relations_.end() ? nullptr : &found->second.references;
    };
    needs_first(oid, seen, references_of,
                [&](std::uint32_t relation) { ordered_.push_back(&relations_.at(relation)); });
  }

  std::vector<std::uint32_t> listed_;
  std::map<std::uint32_t, Relation> relations_;
  std::vector<const Relation*> ordered_;
};

struct Twin {
  std::string schema;
  std::string condition;
};

// Empty where the target's version of the extension has no such configuration; that is told.
std::optional<Twin> find_twin(const Relation& relation, std::string_view extension,
                              RunContext& context) {
  const Param params[] = {extension, relation.name, relation.schema};
  const Result& row = context.target().query(kOnTarget, params);
  if (row.rows() > 0) return Twin{std::string(row.text(0, 0)), std::string(row.text(0, 1))};
  context.report(Severity::warning, "left out the configuration in " + relation.label(),
                 "The target's extension " + sql::identifier(extension) +
                     " has no configuration of that name.",
                 "Update the extension to the version of the source.");
  return std::nullopt;
}

bool has_rows(Session& target, const std::string& label, const std::string& condition) {
  return target.query("SELECT EXISTS (SELECT FROM ONLY " + label + " " + condition + ")")
      .boolean(0, 0);
}

void copy_rows(const Relation& relation, const Twin& twin, std::string_view extension,
               RunContext& context) {
  const std::string label = sql::qualified(twin.schema, relation.name);
  if (has_rows(context.target(), label, twin.condition)) {
    context.report(
        Severity::notice, "left the configuration in table " + label + " as it is",
        "The target's extension " + sql::identifier(extension) + " has rows of its own there.",
        "Remove them to have those of the source.");
    return;
  }
  std::string list;
  for (const std::string& column : relation.columns)
    list += (list.empty() ? "" : ", ") + sql::identifier(column);
  const std::vector<std::string_view> columns(relation.columns.begin(), relation.columns.end());
  CopyTarget target;
  target.schema = twin.schema;
  target.relation = relation.name;
  target.columns = columns;
  hold(context.source(), relation.listed());
  context.copy("COPY (" + if_table(relation.label()) + "SELECT " + list + " FROM ONLY " +
                   relation.label() + " " + relation.condition + ") TO STDOUT",
               target);
}

void set_sequence(const Relation& relation, const Twin& twin, RunContext& context) {
  const SequenceState state = read_sequence_state(context.source(), relation.listed());
  context.target().query(set_sequence_state(sql::qualified(twin.schema, relation.name), state));
}

}  // namespace

void run_extension_rows(const StepView& step, RunContext& context) {
  const Configuration configuration(context.source(), step.payload);
  for (const Relation* relation : configuration.in_order()) {
    context.check_cancelled();
    const std::optional<Twin> twin = find_twin(*relation, step.payload, context);
    if (!twin) continue;
    if (relation->sequence) {
      set_sequence(*relation, *twin, context);
    } else {
      copy_rows(*relation, *twin, step.payload, context);
    }
  }
}

}  // namespace pgclone::common
