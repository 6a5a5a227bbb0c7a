#include "support/lies.hpp"

#include <algorithm>

namespace pgclone::test {
namespace {

using wire::Cells;
using wire::encode;
using wire::Message;

constexpr std::size_t kEndless = std::size_t{8} << 20;

std::string some_text(LieContext& context) {
  static const std::vector<std::string> kTexts = {
      "",
      "-1",
      "0",
      "1",
      "4294967295",
      "4294967296",
      "9223372036854775807",
      "-9223372036854775808",
      "18446744073709551616",
      "1e300",
      "NaN",
      "0x10",
      " 1",
      "t",
      "f",
      "p",
      "r",
      "v",
      "\xff\xfe",
      "a\xc3",
      "\xf0\x9f\x90",
      "\"",
      "'; SELECT 1; --",
      "$$",
      "{",
      "{1,2}",
      "1259:",
      "1259:99999999999 1247:-5",
      "pg_catalog",
      "(0,1)",
      std::string(1, '\0'),
      std::string(3, '\n'),
      std::string(100'000, 'x'),
      std::string(70, 'n'),
      "DEFAULT",
      "integer",
  };
  return kTexts[context.random.below(kTexts.size())];
}

// The row, with one of its values changed by `change`.
template <typename Change>
std::string with_cell(const Message& message, LieContext& context, Change change) {
  Cells cells = wire::decode_row(message.body);
  if (!cells.empty()) change(cells[context.random.below(cells.size())]);
  return encode({'D', wire::encode_row(cells)});
}

std::string cell_null(const Message& message, LieContext& context) {
  return with_cell(message, context, [](auto& cell) { cell.reset(); });
}

std::string cell_text(const Message& message, LieContext& context) {
  return with_cell(message, context, [&](auto& cell) { cell = some_text(context); });
}

std::string cell_flip(const Message& message, LieContext& context) {
  return with_cell(message, context, [&](auto& cell) {
    if (!cell || cell->empty()) {
      cell = "t";
    } else if (*cell == "t" || *cell == "f") {
      cell = *cell == "t" ? "f" : "t";
    } else {
      (*cell)[context.random.below(cell->size())] = static_cast<char>(context.random.below(256));
    }
  });
}

std::string cell_seen(const Message& message, LieContext& context) {
  if (context.texts.empty()) return cell_text(message, context);
  return with_cell(message, context, [&](auto& cell) {
    cell = context.texts[context.random.below(context.texts.size())];
  });
}

// OIDs for OIDs: references that lead elsewhere.
std::string oid_seen(const Message& message, LieContext& context) {
  Cells cells = wire::decode_row(message.body);
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (cells[i] && std::ranges::find(context.oids, *cells[i]) != context.oids.end())
      places.push_back(i);
  if (places.empty()) return cell_seen(message, context);
  cells[context.random.pick(places)] = context.oids[context.random.below(context.oids.size())];
  return encode({'D', wire::encode_row(cells)});
}

std::string cell_of_other_row(const Message& message, LieContext& context) {
  if (context.rows.empty()) return cell_flip(message, context);
  Cells cells = wire::decode_row(message.body);
  const Cells& other = context.rows[context.random.below(context.rows.size())];
  if (cells.empty() || other.size() != cells.size()) return encode(message);
  const std::size_t column = context.random.below(cells.size());
  cells[column] = other[column];
  return encode({'D', wire::encode_row(cells)});
}

// From here to the end of the answer, one column is another one: what is below itself, for example.
std::string column_for_column(const Message& message, LieContext& context) {
  const std::size_t columns = wire::decode_row(message.body).size();
  if (columns < 2) return cell_flip(message, context);
  context.column = static_cast<int>(context.random.below(columns));
  context.from_column = static_cast<int>(context.random.below(columns));
  return tell_column(message, context);
}

std::string row_missing(const Message&, LieContext&) {
  return "";
}

std::string rows_missing(const Message&, LieContext& context) {
  context.drops_rows = true;
  return "";
}

std::string doubled(const Message& message, LieContext&) {
  return encode(message) + encode(message);
}

std::string other_row(const Message& message, LieContext& context) {
  if (context.rows.empty()) return doubled(message, context);
  return encode({'D', wire::encode_row(context.rows[context.random.below(context.rows.size())])});
}

std::string fewer_columns(const Message& message, LieContext& context) {
  Cells cells = wire::decode_row(message.body);
  cells.resize(context.random.below(cells.size() + 1));
  return encode({'D', wire::encode_row(cells)});
}

std::string more_columns(const Message& message, LieContext&) {
  Cells cells = wire::decode_row(message.body);
  cells.emplace_back("more");
  return encode({'D', wire::encode_row(cells)});
}

// Any number inside of a message: of columns, of bytes, of types.
std::string number_inside(const Message& message, LieContext& context) {
  static const std::vector<std::string> kNumbers = {
      wire::uint32(0x7fffffff), wire::uint32(0xffffffff), wire::uint32(0xfffffffe),
      wire::uint32(0x80000000), wire::uint32(0),          wire::uint32(0x3fffffff),
      wire::uint32(0x40000000), wire::uint16(0xffff),     wire::uint16(0x7fff),
      wire::uint16(0)};
  Message changed = message;
  const std::string& number = kNumbers[context.random.below(kNumbers.size())];
  if (changed.body.size() < number.size()) return encode(message);
  // Those in front matter most.
  const std::size_t places = changed.body.size() - number.size() + 1;
  const std::size_t at =
      context.random.below(context.random.chance(50) ? std::min<std::size_t>(places, 8) : places);
  changed.body.replace(at, number.size(), number);
  context.may_hang = true;
  return encode(changed);
}

std::string byte_inside(const Message& message, LieContext& context) {
  Message changed = message;
  if (changed.body.empty()) return encode(message);
  changed.body[context.random.below(changed.body.size())] =
      static_cast<char>(context.random.below(256));
  context.may_hang = true;
  return encode(changed);
}

std::string cut_short(const Message& message, LieContext& context) {
  Message changed = message;
  changed.body.resize(context.random.below(message.body.size() + 1));
  context.may_hang = true;
  return encode(changed);
}

std::string false_length(const Message& message, LieContext& context) {
  static const std::vector<std::uint32_t> kLengths = {
      0, 1, 3, 5, 0xffffffff, 0x80000000, 0x7fffffff, 0x40000000, 30'001, 1'000'000};
  context.may_hang = true;
  const auto right = static_cast<std::uint32_t>(message.body.size() + 4);
  const std::uint32_t wrong =
      context.random.chance(40) ? right + static_cast<std::uint32_t>(context.random.between(-3, 9))
                                : kLengths[context.random.below(kLengths.size())];
  return encode(message, wrong);
}

std::string other_type(const Message& message, LieContext& context) {
  static constexpr std::string_view kTypes = "RKSZTDCIEN123AdcHGWnstVvx\0\xff";
  context.may_hang = true;
  return encode({kTypes[context.random.below(kTypes.size())], message.body});
}

std::string noise(const Message& message, LieContext& context) {
  std::string bytes;
  for (std::size_t i = context.random.below(200); i > 0; --i)
    bytes += static_cast<char>(context.random.below(256));
  context.may_hang = true;
  return bytes + encode(message);
}

std::string not_sent(const Message&, LieContext& context) {
  context.may_hang = true;
  return "";
}

std::string end_of_connection(const Message& message, LieContext& context) {
  context.ends = true;
  const std::string bytes = encode(message);
  return bytes.substr(0, context.random.below(bytes.size() + 1));
}

std::string command_tag(const Message&, LieContext& context) {
  static const std::vector<std::string> kTags = {
      "",         "COPY",     "COPY 0",   "COPY 1",     "COPY -1", "COPY 99999999999999999999",
      "SELECT 0", "SELECT -", "ROLLBACK", "INSERT 0 1", "BEGIN",   std::string(10'000, 'C')};
  return encode({'C', kTags[context.random.below(kTags.size())] + '\0'});
}

std::string ready_state(const Message&, LieContext& context) {
  static constexpr std::string_view kStates = "ITEx\0";
  return encode({'Z', std::string(1, kStates[context.random.below(kStates.size())])});
}

std::string ready_before(const Message& message, LieContext& context) {
  context.may_hang = true;
  return encode({'Z', "T"}) + encode(message);
}

std::string error_fields(LieContext& context) {
  static const std::vector<std::string> kStates = {
      "42P01", "00000", "57014", "57P01", "40001",
      "08006", "abc",   "",      "42p01", "\xff\xff\xff\xff\xff",
      "53200", "22021", "0A000"};
  static const std::vector<std::string> kMessages = {"a lie",
                                                     "",
                                                     std::string(1'000'000, 'm'),
                                                     "\xff invalid \xfe",
                                                     "%s %n %d",
                                                     "line\nline\r\t\x01"};
  static const std::vector<std::string> kSeverities = {"ERROR", "FATAL",  "PANIC",
                                                       "",      "NOTICE", "x"};
  const auto any = [&](const std::vector<std::string>& texts) {
    return texts[context.random.below(texts.size())];
  };
  const std::string severity = any(kSeverities);
  std::vector<std::pair<char, std::string>> fields = {
      {'S', severity}, {'V', severity}, {'C', any(kStates)}, {'M', any(kMessages)}};
  for (const char code : std::string_view("DHPpqWstcdnFLRx"))
    if (context.random.chance(30)) fields.emplace_back(code, any(kMessages));
  if (context.random.chance(20)) fields.erase(fields.begin() + context.random.between(0, 3));
  return wire::report(fields);
}

std::string error_instead(const Message&, LieContext& context) {
  context.may_hang = true;
  return encode({'E', error_fields(context)});
}

std::string error_and_end(const Message&, LieContext& context) {
  context.ends = true;
  return encode({'E', error_fields(context)});
}

std::string error_as_answer(const Message&, LieContext& context) {
  context.may_hang = true;
  return encode({'E', error_fields(context)}) + encode({'Z', "E"});
}

std::string many_notices(const Message& message, LieContext& context) {
  std::string bytes;
  const Message notice{'N', wire::report({{'S', "WARNING"}, {'C', "01000"}, {'M', "note this"}})};
  for (std::size_t i = 0; i < 2000; ++i) bytes += encode(notice);
  if (context.random.chance(30)) bytes += encode({'N', error_fields(context)});
  return bytes + encode(message);
}

std::string many_settings(const Message& message, LieContext& context) {
  // A text with a zero byte in it makes libpq lose its place, and wait.
  context.may_hang = true;
  std::string bytes;
  for (std::size_t i = 0; i < 1000; ++i) {
    std::string body = "made_up_" + std::to_string(i);
    body += '\0';
    body += some_text(context).substr(0, 1000);
    body += '\0';
    bytes += encode({'S', body});
  }
  return bytes + encode(message);
}

std::string other_setting(const Message& message, LieContext& context) {
  static const std::vector<std::pair<std::string, std::string>> kSettings = {
      {"server_version", "9.6"},    {"server_version", "99.9"},
      {"server_version", ""},       {"server_version", "18beta1"},
      {"server_version", "10.0"},   {"server_encoding", "EUC_TW"},
      {"client_encoding", "SJIS"},  {"client_encoding", "nothing"},
      {"integer_datetimes", "off"}, {"standard_conforming_strings", "off"},
      {"is_superuser", "on"},       {"DateStyle", "German"}};
  const auto& [name, value] = kSettings[context.random.below(kSettings.size())];
  std::string body = name;
  body += '\0';
  body += value;
  body += '\0';
  return encode(message) + encode({'S', body});
}

std::string notifications(const Message& message, LieContext& context) {
  // A text with a zero byte in it makes libpq lose its place, and wait.
  context.may_hang = true;
  std::string body = wire::uint32(1) + "channel";
  body += '\0';
  body += some_text(context).substr(0, 1000);
  body += '\0';
  std::string bytes;
  for (std::size_t i = 0; i < 1000; ++i) bytes += encode({'A', body});
  return bytes + encode(message);
}

std::string endless(const Message& message, LieContext& context) {
  const std::string once = encode(message);
  std::string bytes;
  while (bytes.size() < kEndless) bytes += once;
  context.ends = true;
  return bytes;
}

std::string signature(const Message& message, LieContext& context) {
  static constexpr std::string_view kSignature{"PGCOPY\n\377\r\n\0", 11};
  static const std::vector<std::string> kHeads = {
      wire::uint32(0x00010000) + wire::uint32(0), wire::uint32(0xffffffff) + wire::uint32(0),
      wire::uint32(0) + wire::uint32(0x7fffffff), wire::uint32(0) + wire::uint32(0xffffffff)};
  return encode({'d', std::string(kSignature) + kHeads[context.random.below(kHeads.size())]}) +
         encode(message);
}

std::string copy_ends(const Message& message, LieContext& context) {
  context.may_hang = true;
  return encode({'c', ""}) + encode(message);
}

std::string end_mark(const Message& message, LieContext& context) {
  return encode({'d', context.random.chance(50) ? wire::uint16(0xffff) : std::string("\\.\n")}) +
         encode(message);
}

std::string empty_data(const Message& message, LieContext& context) {
  context.may_hang = true;
  return encode({'d', ""}) + encode({'d', ""}) + encode(message);
}

std::string copy_response(const Message&, LieContext& context) {
  static constexpr std::string_view kTypes = "HGW";
  context.may_hang = true;
  return encode({kTypes[context.random.below(kTypes.size())],
                 std::string(1, static_cast<char>(context.random.below(3))) +
                     wire::uint16(static_cast<std::uint16_t>(context.random.below(4)))});
}

}  // namespace

const std::vector<LieKind>& lie_kinds() {
  static const std::vector<LieKind> kKinds = {
      // Values are what a source is asked for most, so most lies are about them.
      {"a value is NULL", "D", cell_null},
      {"a value is another text", "D", cell_text},
      {"a value is another text", "D", cell_text},
      {"a value is another one", "D", cell_flip},
      {"a value is one from elsewhere", "D", cell_seen},
      {"an OID is another one", "D", oid_seen},
      {"an OID is another one", "D", oid_seen},
      {"an OID is another one", "D", oid_seen},
      {"a value is that of another row", "D", cell_of_other_row},
      {"a value is that of another row", "D", cell_of_other_row},
      {"a column is another one", "D", column_for_column},
      {"a column is another one", "D", column_for_column},
      {"a row is missing", "D", row_missing},
      {"all further rows are missing", "D", rows_missing},
      {"a row comes twice", "D", doubled},
      {"a row is another one", "D", other_row},
      {"a row has fewer columns", "D", fewer_columns},
      {"a row has more columns", "D", more_columns},
      {"a number inside is another one", "DTtHdRKS", number_inside},
      {"a number inside is another one", "T", number_inside},
      {"a byte inside is another one", "", byte_inside},
      {"a message is cut short", "", cut_short},
      {"a length is false", "", false_length},
      {"a type is another one", "", other_type},
      {"noise", "", noise},
      {"a message comes twice", "TCZ12cHRK", doubled},
      {"a message is missing", "TCZ12cHRK", not_sent},
      {"the connection ends", "", end_of_connection},
      {"a command's tag is another one", "C", command_tag},
      {"a command's tag is another one", "C", command_tag},
      {"the state is another one", "Z", ready_state},
      {"ready too early", "", ready_before},
      {"an error in between", "", error_instead},
      {"an error, and the end", "", error_and_end},
      {"an error as the answer", "", error_as_answer},
      {"many notices", "", many_notices},
      {"many settings", "", many_settings},
      {"another setting", "SKZ", other_setting},
      {"many notifications", "", notifications},
      {"no end", "DdCNS", endless},
      {"another signature", "d", signature},
      {"the copy ends early", "d", copy_ends},
      {"an end mark", "d", end_mark},
      {"empty data", "d", empty_data},
      {"a number inside is another one", "d", number_inside},
      {"a byte inside is another one", "d", byte_inside},
      {"rows are cut short", "d", cut_short},
      {"rows come twice", "d", doubled},
      {"rows are missing", "d", row_missing},
      {"another kind of copy", "H", copy_response},
  };
  return kKinds;
}

std::string tell_column(const Message& row, const LieContext& context) {
  Cells cells = wire::decode_row(row.body);
  const auto to = static_cast<std::size_t>(context.column);
  const auto from = static_cast<std::size_t>(context.from_column);
  if (to >= cells.size() || from >= cells.size()) return encode(row);
  // The column itself means that of the row before.
  if (to != from) {
    cells[to] = cells[from];
  } else if (!context.rows.empty() && to < context.rows.back().size()) {
    cells[to] = context.rows.back()[to];
  }
  return encode({'D', wire::encode_row(cells)});
}

}  // namespace pgclone::test
