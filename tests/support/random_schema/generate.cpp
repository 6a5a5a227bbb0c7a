#include "support/random_schema/generate.hpp"

#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

namespace {

struct Family {
  void (*make)(Builder&);
  int weight;
};

// New relations, and the indexes of keys, lie in it from then on.
void choose_tablespace(Builder& b) {
  b.add({"SET default_tablespace = ",
         b.random.chance(60) ? std::string("''") : sql::identifier(b.random.pick(tablespaces()))});
}

// In any order, so that everything comes before and after everything else.
constexpr Family kObjects[] = {
    {choose_tablespace, 8},
    {make_type, 14},
    {make_base_type, 2},
    {make_domain, 8},
    {make_sequence, 6},
    {make_routine, 18},
    {make_row_function, 5},
    {make_aggregate, 3},
    {make_operators, 4},
    {make_cast, 2},
    {make_collation, 3},
    {make_conversion, 1},
    {make_text_search, 3},
    {make_table, 18},
    {make_partitioned_table, 7},
    {make_child, 6},
    {make_typed_table, 4},
    {make_foreign_table, 3},
    {make_serial, 3},
    {make_constraint, 9},
    {make_index, 14},
    {make_statistics, 3},
    {make_view, 14},
    {make_view_ring, 2},
    {make_recursive_view, 1},
    {make_mark, 4},
    {make_matview, 6},
    {make_trigger_function, 2},
};
// Rows come no more.
constexpr Family kActions[] = {
    {make_foreign_key, 10}, {make_trigger, 8}, {make_policy, 4}, {make_rule, 4}};

template <typename Families>
void make_some(Builder& b, const Families& families, int count) {
  int all = 0;
  for (const Family& family : families) all += family.weight;
  for (; count > 0; --count) {
    int left = b.random.between(0, all - 1);
    for (const Family& family : families) {
      left -= family.weight;
      if (left >= 0) continue;
      family.make(b);
      break;
    }
  }
}

}  // namespace

const std::vector<std::string>& tablespaces() {
  static const std::vector<std::string> all = {"random space", "Space \"o'\\ 😀"};
  return all;
}

const std::vector<std::string>& roles() {
  static const std::vector<std::string> all = {"random owner", "random\"other\\",
                                               "Random 😀 reader"};
  return all;
}

const char* outside() {
  return "CREATE EXTENSION file_fdw;"
         "CREATE SERVER \"random \"\"server\" FOREIGN DATA WRAPPER file_fdw";
}

Generated generate(std::uint64_t seed, const Options& options) {
  Builder b(seed, options.builtin_names);
  b.add({"SET search_path = pg_catalog, pg_temp"});
  b.add({"SET random_schema.building = 'on'"});
  b.add({"CREATE SCHEMA ", b.quoted_schema});
  b.made("SCHEMA", b.quoted_schema);
  make_some(b, kObjects, b.random.between(20, 90));
  make_some(b, kActions, b.random.between(0, 15));
  for (const std::string& matview : b.matviews) b.add({"REFRESH MATERIALIZED VIEW ", matview});
  comment_objects(b);
  label_objects(b);
  give_objects_away(b);
  return {b.schema, std::move(b.statements), std::move(b.scattered)};
}

}  // namespace pgclone::test::random_schema
