#include "support/type_values.hpp"

#include <initializer_list>
#include <vector>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::test {

namespace {

struct TypeValues {
  std::string type;
  std::vector<std::string> values;  // expressions
};

std::vector<std::string> literals(std::initializer_list<const char*> texts) {
  std::vector<std::string> out;
  for (const char* const text : texts) out.push_back(sql::literal(text));
  return out;
}

std::vector<TypeValues> portable_types() {
  std::vector<TypeValues> all = {
      {"bool", literals({"t", "f"})},
      {"int2", literals({"-32768", "32767", "0"})},
      {"int4", literals({"-2147483648", "2147483647"})},
      {"int8", literals({"-9223372036854775808", "9223372036854775807"})},
      {"float4", literals({"NaN", "Infinity", "-Infinity", "-0", "3.4028235e38", "1e-45", "0.1"})},
      {"float8", literals({"NaN", "Infinity", "-Infinity", "-0", "1.7976931348623157e308", "5e-324",
                           "0.30000000000000004"})},
      {"numeric",
       {"'NaN'", "'Infinity'", "'-Infinity'", "'1e131071'", "-('1e131071'::numeric)", "'1e-16383'",
        "'0.000'", "'-1.50'", "(repeat('9', 131072) || '.' || repeat('7', 16383))"}},
      {"numeric(1000,-3)", literals({"-123456789000", "NaN"})},
      {"money", literals({"-92233720368547758.08", "92233720368547758.07"})},
      {"date", literals({"4713-01-01 BC", "5874897-12-31", "infinity", "-infinity", "0001-02-28"})},
      {"time", literals({"00:00:00", "24:00:00", "23:59:59.999999"})},
      {"timetz", literals({"24:00:00-15:59", "00:00:00.000001+15:59:59"})},
      {"timestamp",
       literals({"4713-11-24 BC", "294276-12-31 23:59:59.999999", "infinity", "-infinity"})},
      {"timestamptz", literals({"4713-11-24 12:00 BC", "294276-12-31 12:59:59.999999", "-infinity",
                                "1883-11-18 12:03:58.000001-07:56:02"})},
      {"interval", literals({"-178000000 years", "178000000 years 11 mons 30 days 23:59:59.999999",
                             "-1 mon +1 day -00:00:00.000001"})},
      {"text",
       {"''", "' '", "E'\\\\N'", "E'\\\\.'", "E'a\\tb\\nc\\rd\\\\e\\x7f\\x01'", "'NULL'",
        "(SELECT string_agg(chr(c), '') FROM generate_series(1, 55295) c)",
        "(SELECT string_agg(chr(c), '') FROM generate_series(57344, 1114111, 77) c)",
        "repeat('x', 8000000)", "chr(1114111)", "chr(65279) || chr(65534) || chr(65535)",
        "'e' || chr(769) || chr(8238) || chr(8205)", "repeat('€', 700)", "repeat('y', 2100)"}},
      {"varchar(3)", literals({"", "a  ", "ÄÖÜ"})},
      {"char(5)", literals({"", "a", "😀"})},
      {"\"char\"", {"''", "'a'", "E'\\\\377'"}},
      {"name", {"''", "repeat('n', 63)"}},
      {"bytea",
       {"''",
        "decode((SELECT string_agg(lpad(to_hex(b), 2, '0'), '' ORDER BY b)"
        " FROM generate_series(0, 255) b), 'hex')",
        "'\\x00'", "decode(repeat('00ff5c', 3000000), 'hex')"}},
      {"bit(70)", {"B'0'::bit(70)", "(~ B'0'::bit(70))"}},
      {"varbit", literals({"", "1", "0000000001"})},
      {"uuid",
       literals({"00000000-0000-0000-0000-000000000000", "ffffffff-ffff-ffff-ffff-ffffffffffff"})},
      {"inet",
       literals({"0.0.0.0/0", "192.168.1.5/24", "255.255.255.255", "::/0", "::ffff:1.2.3.4/128"})},
      {"cidr", literals({"10.0.0.0/8", "2001:db8::/32"})},
      {"macaddr", literals({"ff:ff:ff:ff:ff:ff"})},
      {"macaddr8", literals({"00:00:00:00:00:00:00:01"})},
      {"json", literals({"null", " {\"a\" :1, \"a\":[ ]} ", "\"\\u00e4\\n\""})},
      {"jsonb",
       {"'null'", "'{\"a\": {\"b\": [1e400, -0, \"\\\\u0001😀\"]}}'", "'[]'",
        "(repeat('[', 2000) || repeat(']', 2000))",
        "('{\"\": ' || repeat('9', 131072) || ', \" \": 1.00}')"}},
      {"jsonpath", literals({"strict $.\"a b\"[*] ? (@ > 1)"})},
      {"xml", literals({"<a b=\"1\">ä</a>", "text only",
                        "<?xml version=\"1.1\" standalone=\"yes\"?><a/>", "<!-- --><?p?><a/>"})},
      {"tsvector", literals({"", "'a''b':1A,16383 'ä\\\\':2"})},
      {"point", literals({"(NaN,Infinity)", "(-0,1e-300)"})},
      {"line", literals({"{1,-1,0}"})},
      {"lseg", literals({"[(0,0),(1,1)]"})},
      {"box", literals({"(1,1),(0,0)"})},
      {"path", literals({"[(0,0),(1,1)]", "((0,0),(1,1))"})},
      {"polygon", literals({"((0,0),(1,1),(2,0))"})},
      {"circle", literals({"<(0,0),0>"})},
      {"oid", literals({"0", "4294967295"})},
      {"xid", literals({"4294967295"})},
      {"cid", literals({"4294967295"})},
      {"xid8", literals({"18446744073709551615"})},
      {"tid", literals({"(4294967295,65535)"})},
      {"pg_lsn", literals({"FFFFFFFF/FFFFFFFF"})},
      {"pg_snapshot", literals({"1:10:2,3"})},
      {"txid_snapshot", literals({"1:10:2,3"})},
      {"refcursor", literals({"cursor \"x\""})},
      {"int4range", literals({"empty", "(,)", "[1,10)", "(,5)"})},
      {"int8range", literals({"[-9223372036854775808,9223372036854775807)"})},
      {"numrange", literals({"[NaN,]", "(-Infinity,1e100]"})},
      {"daterange", literals({"[-infinity,infinity)"})},
      {"tsrange", literals({"[\"4713-11-24 BC\",infinity]"})},
      {"tstzrange", literals({"empty"})},
      {"int4multirange", literals({"{}", "{[1,2),[5,)}", "{(,)}"})},
      {"int8multirange", literals({"{[1,2)}"})},
      {"nummultirange", literals({"{[1.5,1.5]}"})},
      {"datemultirange", literals({"{(,infinity)}"})},
      {"tsmultirange", literals({"{}"})},
      {"tstzmultirange", literals({"{(,)}"})},
      {"int4[]", literals({"{}", "{NULL}", "[-3:-1]={1,NULL,3}", "{{{1}},{{2}}}",
                           "{{{{{{1},{NULL}}}}}}", "[2147483646:2147483646]={1}"})},
      {"text[]",
       {"'{}'", "ARRAY['', NULL, 'NULL', E'a\\\\\"b', '{', ',', ' ', 'ä😀']",
        "'[0:0][5:6]={{a,b}}'"}},
      {"bytea[]", {"ARRAY['\\x00'::bytea, '', NULL]"}},
      {"numrange[]", literals({"{\"[1,2]\",empty,NULL}"})},
  };
  return all;
}

}  // namespace

std::string table_of_every_type(const std::string& table) {
  std::string create = "CREATE TABLE " + table + " (id int PRIMARY KEY";
  std::string insert;
  int column = 0;
  int row = 0;
  for (const TypeValues& item : portable_types()) {
    const std::string name = "c" + std::to_string(++column);
    create += ", " + name + " " + item.type;
    for (const std::string& value : item.values) {
      insert += "INSERT INTO " + table + " (id, " + name + ") VALUES (" + std::to_string(++row) +
                ", " + value + "::" + item.type + ");";
    }
  }
  return create + ");" + insert;
}

}  // namespace pgclone::test
