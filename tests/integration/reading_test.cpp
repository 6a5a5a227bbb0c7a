// Functions that read tables run while rows are copied, indexes built, partitions attached: what
// they read has to be there, whether pg_depend knows of it or not.
#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

constexpr const char* kSchema = "re \"Q\" 😀";

struct Way {
  const char* name;
  Mode mode;
  const char* options;
};

class Reading : public CloneTest, public ::testing::WithParamInterface<Way> {
 protected:
  // Small tables that sort last, and so would be copied last.
  void make_source(const std::string& statements) {
    const std::string id = sql::identifier(kSchema);
    source_.exec("CREATE SCHEMA " + id + "; SET search_path = " + id + ", public");
    target_.exec("SET search_path = " + id + ", public");
    source_.exec(R"(
      CREATE TABLE "z Look""up 😀" (k int PRIMARY KEY, v int NOT NULL);
      INSERT INTO "z Look""up 😀" SELECT i, i * 10 FROM generate_series(1, 50) i;
      CREATE FUNCTION "of 😀"(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
        $$ BEGIN RETURN coalesce((SELECT v FROM "z Look""up 😀" WHERE k = $1), -1); END $$;)");
    source_.exec(statements);
  }

  void clone_schema() {
    clone(GetParam().mode, "schema",
          sql::literal(kSchema) + ", true, " + sql::literal(GetParam().options));
  }

  void expect_faithful(const std::string& statements) {
    make_source(statements);
    clone_schema();
    expect_equal(kSchema);
  }
};

TEST_P(Reading, GeneratedColumnsFindTheRows) {
  expect_faithful(R"(
    CREATE FUNCTION by_sql(int) RETURNS int LANGUAGE sql IMMUTABLE AS
      'SELECT v FROM "z Look""up 😀" WHERE k = $1';
    CREATE FUNCTION through(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT "of 😀"($1) + 1';
    CREATE TABLE "a Gen" (a int, g int GENERATED ALWAYS AS ("of 😀"(a)) STORED,
      s int GENERATED ALWAYS AS (by_sql(a)) STORED, t int GENERATED ALWAYS AS (through(a)) STORED);
    CREATE FUNCTION parsed(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN (SELECT v FROM "z Look""up 😀" WHERE k = $1);
    CREATE TABLE "a Parsed" (a int, p int GENERATED ALWAYS AS (parsed(a)) STORED);
    INSERT INTO "a Parsed" SELECT 1 + i % 50 FROM generate_series(1, 3000) i;
    INSERT INTO "a Gen" SELECT 1 + i % 50 FROM generate_series(1, 3000) i;)");
}

TEST_P(Reading, GeneratedColumnsFindThemInPartitionsAndChildren) {
  expect_faithful(R"(
    CREATE TABLE "z parts" (k int, v int) PARTITION BY RANGE (k);
    CREATE TABLE "z low" PARTITION OF "z parts" FOR VALUES FROM (1) TO (20);
    CREATE TABLE "z high" PARTITION OF "z parts" FOR VALUES FROM (20) TO (99) PARTITION BY RANGE (k);
    CREATE TABLE "z high 1" PARTITION OF "z high" DEFAULT;
    INSERT INTO "z parts" SELECT * FROM "z Look""up 😀";
    CREATE TABLE "z parent" (k int, v int); CREATE TABLE "z child" () INHERITS ("z parent");
    INSERT INTO "z child" SELECT * FROM "z Look""up 😀";
    CREATE FUNCTION of_parts(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN RETURN (SELECT v FROM "z parts" WHERE k = $1); END $$;
    CREATE FUNCTION of_parsed(int) RETURNS int LANGUAGE sql IMMUTABLE RETURN (SELECT v FROM "z parts" WHERE k = $1);
    CREATE FUNCTION of_parent(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN RETURN (SELECT v FROM "z parent" WHERE k = $1); END $$;
    CREATE TABLE "a Gen" (a int, p int GENERATED ALWAYS AS (of_parts(a)) STORED,
      q int GENERATED ALWAYS AS (of_parsed(a)) STORED, i int GENERATED ALWAYS AS (of_parent(a)) STORED);
    INSERT INTO "a Gen" SELECT 1 + i % 50 FROM generate_series(1, 3000) i;)");
}

TEST_P(Reading, GeneratedColumnsFindThemInViews) {
  expect_faithful(R"(
    CREATE VIEW "z view" AS SELECT k, v FROM "z Look""up 😀";
    CREATE MATERIALIZED VIEW "z mat" AS SELECT k, v FROM "z view";
    CREATE FUNCTION of_view(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN RETURN (SELECT v FROM "z view" WHERE k = $1); END $$;
    CREATE FUNCTION of_mat(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN RETURN (SELECT v FROM "z mat" WHERE k = $1); END $$;
    CREATE TABLE "a Gen" (a int, v int GENERATED ALWAYS AS (of_view(a)) STORED,
      m int GENERATED ALWAYS AS (of_mat(a)) STORED);
    INSERT INTO "a Gen" SELECT 1 + i % 50 FROM generate_series(1, 3000) i;
    CREATE TABLE "a Chk" (a int CHECK (of_mat(a) > 0)); INSERT INTO "a Chk" VALUES (1);
    CREATE MATERIALIZED VIEW "a mat" AS SELECT k, of_mat(k) FROM "z Look""up 😀";)");
  expect_same("SELECT * FROM \"a mat\" ORDER BY 1", "SELECT * FROM \"a mat\" ORDER BY 1");
}

TEST_P(Reading, IndexesAreBuiltOfWhatIsThere) {
  expect_faithful(R"(
    CREATE TABLE "a Ind" (a int); INSERT INTO "a Ind" SELECT 1 + i % 50 FROM generate_series(1, 3000) i;
    CREATE INDEX "by 😀" ON "a Ind" ("of 😀"(a));
    CREATE INDEX partial ON "a Ind" (a) WHERE "of 😀"(a) > 10;
    CREATE TABLE "a Part" (a int) PARTITION BY RANGE (a);
    CREATE TABLE "a Part 1" PARTITION OF "a Part" DEFAULT;
    INSERT INTO "a Part" SELECT * FROM "a Ind"; CREATE INDEX ON "a Part" ("of 😀"(a));
    CREATE TABLE "a Uni" (a int); INSERT INTO "a Uni" SELECT i FROM generate_series(1, 50) i;
    CREATE UNIQUE INDEX ON "a Uni" ("of 😀"(a));
    CREATE TABLE "a Exc" (a int); INSERT INTO "a Exc" SELECT i FROM generate_series(1, 50) i;
    ALTER TABLE "a Exc" ADD EXCLUDE USING btree (("of 😀"(a)) WITH =);)");
  target_.exec("SET enable_seqscan = off; SET enable_bitmapscan = off");
  for (const char* query : {R"(SELECT count(*) FROM "a Ind" WHERE "of 😀"(a) = 20)",
                            R"(SELECT count(*) FROM "a Ind" WHERE "of 😀"(a) > 10 AND a < 999)",
                            R"(SELECT count(*) FROM "a Part" WHERE "of 😀"(a) = 20)"}) {
    EXPECT_THAT(target_.value("EXPLAIN (FORMAT json) " + std::string(query)),
                HasSubstr("Index Name"));
    expect_same(query, query);
  }
}

TEST_P(Reading, RowsPassTheirDomainsAndPartitionKeys) {
  expect_faithful(R"(
    CREATE DOMAIN known AS int CHECK ("of 😀"(VALUE) > 0);
    CREATE TYPE pair AS (x known, y known);
    CREATE TABLE "a Dom" (a known, p pair, l known[]);
    INSERT INTO "a Dom" SELECT 1 + i % 50, '(1,2)'::pair, '{3}'::known[] FROM generate_series(1, 3000) i;
    CREATE TABLE "a Key" (a int) PARTITION BY LIST ("of 😀"(a));
    CREATE TABLE "a Key 1" PARTITION OF "a Key" FOR VALUES IN (10, 20);
    CREATE TABLE "a Key 2" PARTITION OF "a Key" FOR VALUES IN (30) PARTITION BY LIST (a);
    CREATE TABLE "a Key 3" PARTITION OF "a Key 2" FOR VALUES IN (3);
    INSERT INTO "a Key" SELECT 1 + i % 3 FROM generate_series(1, 3000) i;)");
}

// No order has all rows first; nothing else suffers.
TEST_P(Reading, TablesThatReadOneAnotherAreClonedAsWellAsCanBe) {
  make_source(R"(
    CREATE TABLE "a one" (a int); CREATE TABLE "a two" (a int); CREATE TABLE "a self" (a int);
    CREATE FUNCTION ones(int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN RETURN (SELECT count(*) FROM "a one" WHERE a = $1); END $$;
    CREATE FUNCTION twos(int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN RETURN (SELECT count(*) FROM "a two" WHERE a = $1); END $$;
    CREATE FUNCTION selves(int) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS
      $$ BEGIN RETURN (SELECT count(*) FROM "a self" WHERE a = $1); END $$;
    ALTER TABLE "a one" ADD n bigint GENERATED ALWAYS AS (twos(a)) STORED,
      ADD g int GENERATED ALWAYS AS ("of 😀"(a)) STORED;
    ALTER TABLE "a two" ADD n bigint GENERATED ALWAYS AS (ones(a)) STORED,
      ADD g int GENERATED ALWAYS AS ("of 😀"(a)) STORED;
    ALTER TABLE "a self" ADD n bigint GENERATED ALWAYS AS (selves(a)) STORED,
      ADD g int GENERATED ALWAYS AS ("of 😀"(a)) STORED;
    CREATE MATERIALIZED VIEW mat AS SELECT a, g FROM "a one";
    CREATE INDEX ON "a one" (twos(a)); CREATE INDEX ON "a two" (ones(a));
    INSERT INTO "a one" SELECT i FROM generate_series(1, 50) i;
    INSERT INTO "a two" SELECT a FROM "a one"; INSERT INTO "a self" SELECT a FROM "a one"; REFRESH MATERIALIZED VIEW mat;)");
  clone_schema();
  if (GetParam().mode == Mode::sync) {
    ASSERT_EQ(target_.notices().size(), 1U);
    EXPECT_THAT(target_.notices()[0].message, HasSubstr("have no right order"));
    EXPECT_EQ(target_.notices()[0].detail,
              sql::qualified(kSchema, "a one") + "\n" + sql::qualified(kSchema, "a two"));
  }
  EXPECT_EQ(test::dump_schema(source_server(), source_db_.name(), kSchema),
            test::dump_schema(target_server(), target_db_.name(), kSchema));
  for (const char* query :
       {R"(SELECT a, g FROM "a one" ORDER BY 1)", R"(SELECT a, g FROM "a two" ORDER BY 1)",
        R"(SELECT a, g FROM "a self" ORDER BY 1)", "SELECT * FROM mat ORDER BY 1"}) {
    expect_same(query, query);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Ways, Reading,
    ::testing::Values(Way{"sync", Mode::sync, "{}"}, Way{"async", Mode::async, "{}"},
                      Way{"pool", Mode::async, R"({"parallel": 4})"},
                      Way{"cut", Mode::async, R"({"parallel": 4, "split_bytes": 1})"}),
    [](const auto& way) { return std::string(way.param.name); });

}  // namespace
}  // namespace pgclone::integration
