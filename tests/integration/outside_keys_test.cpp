// Foreign keys between schemas that need one another: {"outside": "leave_out"}.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

class OutsideKeys : public BothModes {
 protected:
  void clone_schema(const std::string& schema) {
    clone(GetParam(), "schema",
          sql::literal(schema) + R"(, options => '{"outside": "leave_out"}')");
  }
};
PGCLONE_BOTH_MODES(OutsideKeys);

TEST_P(OutsideKeys, SchemasInACircleArriveOneAfterTheOther) {
  source_.exec(R"sql(
CREATE SCHEMA "a '😀"; CREATE SCHEMA "B"; CREATE TABLE "a '😀".t (id int PRIMARY KEY, o int, p int);
CREATE TABLE "B".u (id int, "k K" int, t int REFERENCES "a '😀".t, PRIMARY KEY (id, "k K"));
CREATE TABLE "B".late (id int PRIMARY KEY);
ALTER TABLE "a '😀".t ADD CONSTRAINT "to ""B""" FOREIGN KEY (o, p) REFERENCES "B".u
  MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
INSERT INTO "a '😀".t VALUES (1, NULL, NULL); INSERT INTO "B".u VALUES (1, 2, 1);
UPDATE "a '😀".t SET o = 1, p = 2;
CREATE TABLE "a '😀".parted (id int REFERENCES "B".late) PARTITION BY LIST (id);
CREATE TABLE "a '😀".part PARTITION OF "a '😀".parted FOR VALUES IN (1);
CREATE TABLE "a '😀".loose (id int); INSERT INTO "a '😀".loose VALUES (7);
ALTER TABLE "a '😀".loose ADD CONSTRAINT unchecked FOREIGN KEY (id) REFERENCES "B".late NOT VALID)sql");
  EXPECT_EQ(failing_clone(GetParam(), "schema", "'a ''😀'").sqlstate, "42704");
  clone_schema("a '😀");
  EXPECT_EQ(target_.value("SELECT count(*) FROM pg_constraint WHERE contype = 'f'"
                          " AND connamespace <> 'pgclone'::regnamespace"),
            "0");
  clone_schema("B");
  expect_equal("a '😀");
  expect_equal("B");
}

TEST_P(OutsideKeys, AnotherWordIsAnError) {
  source_.exec("CREATE SCHEMA a");
  const SqlReport error =
      failing_clone(GetParam(), "schema", R"('a', options => '{"outside": "ignore"}')");
  EXPECT_EQ(error.sqlstate, "22023");
}

}  // namespace
}  // namespace pgclone::integration
