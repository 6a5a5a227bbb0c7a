// The built-in types with values at their edges.
#include <string_view>

#include "pgclone/plugin/sql.hpp"
#include "support/random_schema/builder.hpp"

namespace pgclone::test::random_schema {

namespace {

enum Ability { none, ordered, both };

Type listed(std::string sql, Ability ability, std::vector<std::string> values) {
  Type type;
  type.sql = sql;
  type.ordered = type.operators = ability != none;
  type.hashed = ability == both;
  type.value = [sql = std::move(sql), values = std::move(values)](Random& random) {
    return text({sql::literal(random.pick(values)), "::", sql});
  };
  return type;
}

// Every number there is, not only those of a list.
Type integer(std::string sql, int low, int high, std::vector<std::string> edges) {
  Type type = listed(sql, both, std::move(edges));
  type.value = [sql = std::move(sql), low, high, edge = type.value](Random& random) {
    if (random.chance(20)) return edge(random);
    return text({"'", std::to_string(random.between(low, high)), "'::", sql});
  };
  return type;
}

// Text of random characters from every plane.
Type words(std::string sql, std::size_t longest) {
  Type type = listed(sql, both, {});
  type.value = [sql = std::move(sql), longest](Random& random) {
    static constexpr std::string_view kPieces[] = {
        "a", "B", " ", "'", "\"", "\\",   "\\N",    "\t",     "\n", "\r",   "%",   "$$",
        "ä", "😀", "{", "}", ",",  "\x01", "\u0301", "\u200b", "名", "null", "\\.", ";"};
    std::string out;
    for (std::size_t left = random.below(longest + 1); left > 0; --left)
      out += random.pick(kPieces);
    if (out.size() > longest) out = "x";
    return text({sql::literal(out), "::", sql});
  };
  return type;
}

void add_scalars(std::deque<Type>& out) {
  out.push_back(listed("boolean", both, {"t", "f"}));
  out.push_back(integer("smallint", -999, 999, {"-32768", "32767", "0"}));
  out.push_back(integer("integer", -99999, 99999, {"-2147483648", "2147483647", "0"}));
  out.push_back(integer("bigint", -9999, 9999, {"-9223372036854775808", "9223372036854775807"}));
  out.push_back(listed("numeric", both,
                       {"NaN", "-Infinity", "Infinity", "0", "0.0000000000000000000000000001",
                        "-12345678901234567890.123456789", "1e400"}));
  out.push_back(listed("numeric(12,3)", both, {"1.5", "-999999999.999", "NaN", "0.000"}));
  out.push_back(listed("real", both, {"-0", "NaN", "Infinity", "1e-45", "3.4028235e38", "0.1"}));
  out.push_back(listed("double precision", both,
                       {"-0", "NaN", "-Infinity", "5e-324", "1.7976931348623157e308", "0.1"}));
  out.push_back(words("text", 30));
  out.push_back(words("character varying(40)", 9));
  out.push_back(words("character(9)", 3));
  out.push_back(words("name", 9));
  out.push_back(listed("\"char\"", both, {"a", "", "\\"}));
  out.push_back(listed("bytea", both, {"\\x", "\\x00ff0d0a5c", "\\x2e0a", "\\xdeadbeef"}));
  out.push_back(
      listed("uuid", both,
             {"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"}));
  out.push_back(listed("oid", both, {"0", "4294967295", "12"}));
  out.push_back(listed("money", ordered, {"-1.23", "92233720368547758.07", "0"}));
  out.push_back(listed("bit(5)", ordered, {"10101", "00000"}));
  out.push_back(listed("bit varying(9)", ordered, {"", "1", "101010101"}));
  out.push_back(listed("pg_lsn", both, {"0/0", "FFFFFFFF/FFFFFFFF", "16/B374D848"}));
}

void add_times(std::deque<Type>& out) {
  out.push_back(listed("date", both,
                       {"infinity", "-infinity", "4713-01-01 BC", "5874897-12-31", "2024-02-29"}));
  out.push_back(listed("time(3) without time zone", both, {"00:00", "24:00", "12:34:56.789"}));
  out.push_back(listed("time with time zone", both, {"00:00+15:59", "23:59:59.999999-15:59"}));
  out.push_back(
      listed("timestamp without time zone", both,
             {"infinity", "-infinity", "4713-01-01 00:00 BC", "294276-12-31 23:59:59.999999"}));
  out.push_back(listed("timestamp(2) with time zone", both,
                       {"infinity", "0001-01-01 00:00+00 BC", "2024-03-31 02:30:00.12+02"}));
  out.push_back(listed("interval", both,
                       {"1 mon -1 day 00:00:01", "-178000000 years", "0", "00:00:00.000001"}));
  out.push_back(listed("interval day to second(3)", both, {"3 4:05:06.789"}));
}

void add_structures(std::deque<Type>& out) {
  out.push_back(listed("json", none, {"{\"a\": 1,  \"a\":2}", "null", "[]", "\"\\u00e4\\\\\""}));
  out.push_back(listed("jsonb", both, {"{\"b\": [1, null, {\"%\": \"'\"}]}", "0.10", "\"\""}));
  out.push_back(listed("jsonpath", none, {"$.a[*] ? (@ > 1)", "lax $"}));
  out.push_back(listed("xml", none, {"<a b=\"c\">&amp;</a>", "text", ""}));
  out.push_back(listed("tsvector", ordered, {"'a':1A 'b''c':2,3", "", "'\\\\'"}));
  out.push_back(listed("tsquery", ordered, {"'a' & !'b' <2> 'c':*A", "'x'"}));
  out.push_back(listed("inet", both, {"::1", "192.168.0.1/24", "fe80::1/64"}));
  out.push_back(listed("cidr", both, {"10.0.0.0/8", "::/0"}));
  out.push_back(listed("macaddr", both, {"08:00:2b:01:02:03"}));
  out.push_back(listed("macaddr8", both, {"08:00:2b:01:02:03:04:05"}));
  out.push_back(listed("int4range", both, {"empty", "(,)", "[1,5)", "[,3)"}));
  out.push_back(listed("numrange", both, {"empty", "(1.5,2.50]", "[NaN,NaN]"}));
  out.push_back(listed("tstzrange", both, {"(,)", "[2024-01-01 00:00+00,infinity]"}));
  out.push_back(listed("int8multirange", both, {"{}", "{[1,3),[5,9)}", "{(,)}"}));
  out.push_back(listed("datemultirange", both, {"{}", "{[2024-01-01,2024-02-01)}"}));
}

void add_shapes(std::deque<Type>& out) {
  out.push_back(listed("point", none, {"(-0,1e300)", "(NaN,Infinity)", "(0.1,0.2)"}));
  out.push_back(listed("box", none, {"(3,4),(1,2)"}));
  out.push_back(listed("circle", none, {"<(1,2),0>", "<(0.1,0.2),3.5>"}));
  out.push_back(listed("line", none, {"{1,-1,0}"}));
  out.push_back(listed("lseg", none, {"[(0,0),(1,1)]"}));
  out.push_back(listed("path", none, {"[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"}));
  out.push_back(listed("polygon", none, {"((0,0),(1,1),(2,0))"}));
}

}  // namespace

Type array_of(const Type& element) {
  Type type = element;
  type.sql = element.sql + "[]";
  type.nullable = true;
  type.ordered = type.operators = element.ordered && element.operators;
  type.hashed = element.hashed && element.operators;
  type.value = [element, sql = type.sql](Random& random) {
    std::vector<std::string> items;
    for (int left = random.between(0, 3); left > 0; --left) {
      items.push_back(element.nullable && random.chance(20) ? "NULL" : element.value(random));
    }
    const std::string list = text({"ARRAY[", joined(items), "]::", sql});
    if (random.chance(20)) return text({"ARRAY[", list, ", ", list, "]::", sql});
    return list;
  };
  return type;
}

Type composite_of(const std::string& name, const std::vector<Type>& members) {
  Type type;
  type.sql = name;
  type.ordered = type.hashed = type.operators = true;
  for (const Type& member : members) {
    type.ordered = type.ordered && member.ordered;
    type.hashed = type.hashed && member.hashed;

    type.stable_hash = type.stable_hash && member.stable_hash;
  }
  type.operators = type.ordered;
  type.value = [members, name](Random& random) {
    std::vector<std::string> values;
    for (const Type& member : members) {
      values.push_back(member.nullable && random.chance(20) ? "NULL" : member.value(random));
    }
    return text({"ROW(", joined(values), ")::", name});
  };
  return type;
}

std::deque<Type> builtin_types() {
  std::deque<Type> out;
  add_scalars(out);
  add_times(out);
  add_structures(out);
  add_shapes(out);
  const std::deque<Type> elements = out;
  for (std::size_t i = 0; i < elements.size(); i += 3) out.push_back(array_of(elements[i]));
  return out;
}

}  // namespace pgclone::test::random_schema
