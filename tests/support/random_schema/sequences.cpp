// Sequences of every sort, called and never called.
#include <algorithm>

#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

void make_sequence(Builder& b) {
  const Name name = b.fresh();
  static constexpr const char* kTypes[] = {"", " AS smallint", " AS integer", " AS bigint"};
  const bool down = b.random.chance(30);
  const int step = b.random.between(1, 9);
  const int low = down ? -b.random.between(100, 30000) : b.random.between(-50, 1);
  const int high = down ? b.random.between(-9, 50) : b.random.between(100, 30000);
  std::string sql = text({"CREATE ", b.random.chance(10) ? "UNLOGGED " : "", "SEQUENCE ", name.full,
                          b.random.pick(kTypes)});
  const bool bounded = b.random.chance(70);
  if (bounded) {
    sql += text({" INCREMENT ", std::to_string(down ? -step : step), " MINVALUE ",
                 std::to_string(low), " MAXVALUE ", std::to_string(high)});
    if (b.random.chance(50)) sql += text({" START ", std::to_string(b.random.between(low, high))});
    if (b.random.chance(40)) sql += text({" CACHE ", std::to_string(b.random.between(1, 20))});
    if (b.random.chance(40)) sql += " CYCLE";
  }
  b.add({sql});
  b.made("SEQUENCE", name.full);
  b.sequences.push_back(name.full);
  const std::string regclass = text({sql::literal(name.full), "::regclass"});
  if (b.random.chance(40)) b.add({"SELECT nextval(", regclass, ")"});
  if (b.random.chance(30)) {
    b.add({"SELECT setval(", regclass, ", ", std::to_string(bounded ? std::clamp(1, low, high) : 1),
           ", ", b.random.chance(50) ? "true" : "false", ")"});
  }
}

}  // namespace pgclone::test::random_schema
