// Pieces of definitions: what is one of them, and what is more.
#include "common/fragment.hpp"

#include <gtest/gtest.h>

#include <string>

#include "pgclone/plugin/error.hpp"
#include "support/error_of.hpp"

namespace pgclone::common {
namespace {

using test::error_of;

TEST(Fragment, TypesAreTakenAsServersPrintThem) {
  for (const std::string type : {"integer",
                                 "integer[]",
                                 "numeric(9,2)",
                                 "numeric(3,-2)[]",
                                 "character varying(10)",
                                 "bit varying(5)[]",
                                 "double precision",
                                 "timestamp(3) without time zone",
                                 "timestamp with time zone[]",
                                 "time(6) with time zone",
                                 "interval day to second(3)",
                                 "interval year to month",
                                 "\"char\"",
                                 "\"bit\"",
                                 "s.mood",
                                 "\"S\".\"a \"\"type\"\" (x)\"[]",
                                 "geometry(Point,4326)",
                                 "s.geometry(PointZ,4326)[]",
                                 "größe",
                                 "\"; DROP TABLE t\""})
    EXPECT_EQ(whole_type(type, "the type"), type);
}

TEST(Fragment, NoClauseRidesOnAType) {
  for (const std::string type : {"",
                                 " ",
                                 "integer) INHERITS (public.canary",
                                 "integer DEFAULT f()",
                                 "integer NOT NULL",
                                 "integer PRIMARY KEY",
                                 "integer CHECK (f())",
                                 "integer REFERENCES public.t",
                                 "integer COLLATE \"C\"",
                                 "integer GENERATED ALWAYS AS IDENTITY",
                                 "integer, x text",
                                 "integer OPTIONS (a 'b')",
                                 "integer STORAGE PLAIN",
                                 "s.t.u",
                                 "s.",
                                 ".t",
                                 "\"t",
                                 "t%TYPE",
                                 "SETOF t",
                                 "integer[",
                                 "integer[3]",
                                 "integer -- x",
                                 "integer /* x */",
                                 "integer;",
                                 "(integer)",
                                 "numeric(9,2",
                                 "numeric(9) (2)",
                                 "numeric(9)) INHERITS (x",
                                 "character varying(3) DEFAULT ('x')",
                                 "timestamp without  time zone",
                                 "integer\n",
                                 "numeric(9;2)"}) {
    const Error error = error_of([&] { whole_type(type, "the type of column \"c\""); });
    EXPECT_EQ(error.sqlstate(), "08P01") << type;
    EXPECT_EQ(error.message(), "the type of column \"c\" is refused");
    EXPECT_EQ(error.detail(), "The source prints it as: " + type);
    EXPECT_FALSE(error.hint().empty());
  }
}

TEST(Fragment, NamesHaveOneOrTwoParts) {
  for (const std::string name : {"", "a", "\"C\"", "pg_catalog.\"de-x-icu\"", "\"a\"\"b\".c"})
    EXPECT_EQ(whole_name(name, "the collation"), name);
  for (const std::string name : {"a b", "\"C\" NOT NULL", "a.b.c", "\"a", "a;", "'a'", "a()"})
    EXPECT_EQ(error_of([&] { whole_name(name, "the collation"); }).sqlstate(), "08P01") << name;
}

TEST(Fragment, ErrorShowsNoMoreThanIsGood) {
  const Error error = error_of([] { whole_type(std::string(100'000, ';'), "the type"); });
  EXPECT_LT(error.detail().size(), 600U);
}

}  // namespace
}  // namespace pgclone::common
