#include "converted_copy.hpp"

#include <vector>

#include "row.hpp"

namespace pgclone::table {

namespace {

// What the source says of a character that the target lacks, and of bytes that are no text at all
// (a database of encoding SQL_ASCII may hold any).
constexpr std::string_view kUntranslatable = "22P05";
constexpr std::string_view kNotInRepertoire = "22021";

bool is_about_text(const Error& error) {
  return error.sqlstate() == kUntranslatable || error.sqlstate() == kNotInRepertoire;
}

// Servers speak of bytes alone, so the value is searched for: by halves, on the source, which tries
// the conversion without sending anything. All in all that reads the table about once more.
class ValueSearch {
 public:
  // The session stands behind the savepoint, in the snapshot of the copy.
  ValueSearch(Session& source, const CopyPayload& payload)
      : source_(source), payload_(payload), origin_(payload.converted_from.value()) {}

  // False when every value converts: the row has changed since.
  bool run() {
    const std::size_t all = payload_.columns.size();
    if (!fails(all, {})) return false;
    find_row(find_block());
    column_ = payload_.columns[first_failing(
        all, [&](std::size_t columns) { return fails(columns, at(row_)); })];
    return true;
  }

  [[nodiscard]] const std::string& column() const { return column_; }

  // 'whose key ("id") is (1)'
  std::string row() {
    const Param relation[] = {origin_.relation};
    const Result& found = source_.query(
        "SELECT a.attname FROM pg_catalog.pg_index i"
        " CROSS JOIN LATERAL pg_catalog.unnest(i.indkey) WITH ORDINALITY k (attnum, n)"
        " JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum"
        " WHERE i.indrelid = $1::pg_catalog.regclass AND i.indisprimary AND k.n <= i.indnkeyatts"
        " ORDER BY k.n",
        relation);
    std::vector<std::string> key;
    for (std::size_t i = 0; i < found.rows(); ++i) key.push_back(sql::identifier(found.text(i, 0)));
    if (key.empty()) return "at ctid " + row_;
    return "whose key (" + join(key, ", ") + ") is " + key_values(key);
  }

 private:
  // The least n for which the first n + 1 of `count` things fail; all of them do.
  template <typename FirstFail>
  static std::size_t first_failing(std::size_t count, FirstFail first_fail) {
    std::size_t good = 0;
    std::size_t bad = count;
    while (bad - good > 1) {
      const std::size_t middle = good + (bad - good) / 2;
      (first_fail(middle) ? bad : good) = middle;
    }
    return bad - 1;
  }

  static std::string at(const std::string& tid) { return "ctid = " + as_tid(tid); }
  static std::string as_tid(const std::string& text) {
    return sql::literal(text) + "::pg_catalog.tid";
  }
  static std::string before_block(std::size_t block) {
    return "ctid < " + as_tid("(" + std::to_string(block) + ",0)");
  }

  [[nodiscard]] std::string select(const std::string& what, const std::string& more) const {
    const std::string& all = origin_.condition;
    return common::if_table(origin_.relation) + "SELECT " + what + " FROM ONLY " +
           origin_.relation + (all.empty() && more.empty() ? "" : " WHERE ") + all +
           (all.empty() || more.empty() ? "" : " AND ") + more;
  }

  // Whether a value of the first columns, in these rows, does not convert. As part of a row, a
  // value becomes the text that COPY would send, whatever casts its type has.
  bool fails(std::size_t columns, const std::string& rows) {
    std::string list;
    for (std::size_t i = 0; i < columns; ++i) {
      list +=
          (list.empty() ? "" : ", ") +
          ("pg_catalog.count(pg_catalog.convert_to(ROW(" + sql::identifier(payload_.columns[i]) +
           ")::pg_catalog.text, pg_catalog.current_setting('client_encoding')))");
    }
    return !works(select(list, rows));
  }

  bool works(const std::string& query) {
    try {
      source_.query(query);
      return true;
    } catch (const Error& error) {
      if (!is_about_text(error)) throw;
    }
    source_.execute("ROLLBACK TO SAVEPOINT pgclone_copy");
    return false;
  }

  // Ranges begin where the last good one ended, so that nothing is read twice.
  std::size_t find_block() {
    const Param relation[] = {origin_.relation};
    const std::size_t blocks =
        source_
            .query(
                "SELECT pg_catalog.pg_relation_size($1::pg_catalog.regclass)"
                " / pg_catalog.current_setting('block_size')::pg_catalog.int8",
                relation)
            .count(0, 0);
    std::size_t good = 0;
    return first_failing(blocks, [&](std::size_t to) {
      const std::string from = "ctid >= " + as_tid("(" + std::to_string(good) + ",0)");
      if (fails(payload_.columns.size(), from + " AND " + before_block(to))) return true;
      good = to;
      return false;
    });
  }

  void find_row(std::size_t block) {
    const Result& found =
        source_.query(select("ctid", "ctid >= " + as_tid("(" + std::to_string(block) + ",0)") +
                                         " AND " + before_block(block + 1)) +
                      " ORDER BY ctid");
    std::vector<std::string> tids;
    for (std::size_t i = 0; i < found.rows(); ++i) tids.emplace_back(found.text(i, 0));
    if (tids.empty()) {
      throw Error(sqlstate::kProtocolViolation, "the source has no rows in a block that has some");
    }
    const std::size_t row = first_failing(tids.size(), [&](std::size_t count) {
      return fails(payload_.columns.size(),
                   "ctid >= " + as_tid(tids.front()) + " AND ctid <= " + as_tid(tids[count - 1]));
    });
    row_ = tids.at(row);
  }

  // The value may be in the key itself; then bytes that are not ASCII are shown as in bytea.
  std::string key_values(const std::vector<std::string>& key) {
    std::vector<std::string> plain;
    std::vector<std::string> escaped;
    for (const std::string& name : key) {
      plain.push_back(name + "::pg_catalog.text");
      escaped.push_back("pg_catalog.encode(pg_catalog.convert_to(" + name +
                        "::pg_catalog.text, pg_catalog.getdatabaseencoding()), 'escape')");
    }
    const auto query = [&](const std::vector<std::string>& values) {
      return select(join(values, ", "), at(row_));
    };
    const bool shows = works(query(plain));
    const Result& found = source_.query(query(shows ? plain : escaped));
    std::vector<std::string> values;
    for (std::size_t i = 0; i < key.size(); ++i) values.emplace_back(found.text(0, i));
    return "(" + join(values, ", ") + ")";
  }

  Session& source_;
  const CopyPayload& payload_;
  const CopyOrigin& origin_;
  std::string row_;  // its ctid
  std::string column_;
};

// Names table, column and row as far as they can be found.
void explain(Error& error, const CopyPayload& payload, RunContext& context) {
  const std::string& table = payload.converted_from->relation;
  const bool lacking = error.sqlstate() == kUntranslatable;
  const std::string tail = lacking ? " has text that the target's encoding lacks"
                                   : " has bytes that are no text in the target's encoding";
  std::string message = "table " + table + tail;
  std::string detail = "The source says: " + error.message() + ".";
  try {
    context.source().execute("ROLLBACK TO SAVEPOINT pgclone_copy");
    ValueSearch search(context.source(), payload);
    if (search.run()) {
      message = "column " + sql::identifier(search.column()) + " of table " + table + tail;
      detail = "It is in the row " + search.row() + ". " + detail;
    }
  } catch (const Error& failure) {
    if (failure.is_cancel()) throw;
    detail += " The row could not be searched for: " + failure.message() + ".";
  }
  error.with_message(message);
  error.with_detail(detail);
  error.with_hint("Change it on the source, or clone into a database with encoding " +
                  std::string(lacking ? "UTF8." : "SQL_ASCII."));
}

}  // namespace

void copy_converted(const CopyPayload& payload, const CopyTarget& target, RunContext& context) {
  // Without it, an error would take the snapshot with it, and with the snapshot the row.
  context.source().execute("SAVEPOINT pgclone_copy");
  try {
    context.copy(payload.copy_out, target);
  } catch (Error& error) {
    if (error.origin() == Origin::source && is_about_text(error)) explain(error, payload, context);
    throw;
  }
  context.source().execute("RELEASE SAVEPOINT pgclone_copy");
}

}  // namespace pgclone::table
