// Session: how strategies talk to the source and to the target. Both implementations behave alike:
// LibpqSession (a connection) and BackendSession (this very backend, through SPI and COPY FROM).
//
// One statement at a time, one thread. After an Error inside a transaction only rollback() is
// allowed. Every call may throw Error, and Error::is_cancel() when the user asked us to stop.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "pgclone/plugin/api.hpp"

namespace pgclone {

// A parameter in PostgreSQL's text form; nullopt is NULL. Its type is inferred by the server, so
// write $1::text, $2::oid[] … in the statement.
using Param = std::optional<std::string_view>;

// Rows of the last query, in text form. Owned by the session; valid until its next call.
class PGCLONE_API Result {
 public:
  [[nodiscard]] virtual std::size_t rows() const noexcept = 0;
  [[nodiscard]] virtual std::size_t columns() const noexcept = 0;
  [[nodiscard]] virtual bool is_null(std::size_t row, std::size_t column) const = 0;
  // Empty for NULL.
  [[nodiscard]] virtual std::string_view text(std::size_t row, std::size_t column) const = 0;
  // Rows that INSERT, UPDATE, DELETE or COPY touched.
  [[nodiscard]] virtual std::uint64_t affected() const noexcept = 0;

  // What the server calls the column: for who reads an error, no more.
  [[nodiscard]] virtual std::string_view name(std::size_t column) const = 0;

  // text(row, column) as what it has to be. Throws Error (08P01) that names the column and shows
  // what is there if it is anything else, or NULL.
  [[nodiscard]] bool boolean(std::size_t row, std::size_t column) const;
  [[nodiscard]] std::int64_t integer(
      std::size_t row, std::size_t column,
      std::int64_t least = std::numeric_limits<std::int64_t>::min(),
      std::int64_t most = std::numeric_limits<std::int64_t>::max()) const;
  // How many, or how large: from 0.
  [[nodiscard]] std::uint64_t count(std::size_t row, std::size_t column) const;
  [[nodiscard]] std::uint32_t oid(std::size_t row, std::size_t column) const;
  // 0 for NULL.
  [[nodiscard]] std::uint32_t oid_or_none(std::size_t row, std::size_t column) const;

 protected:
  ~Result() = default;
};

enum class CopyFormat : std::uint8_t { text, binary };

// The stream of a COPY … TO STDOUT. Owned by its session; valid until the session's next call.
class PGCLONE_API CopyReader {
 public:
  // The next piece of COPY data, any size, not aligned to rows; valid until the next read().
  // Empty only at the end, and only after the source's *final* result was read and is a success:
  // a source that fails in mid-stream throws here, it never looks like an end.
  virtual std::span<const char> read() = 0;
  // Rows so far, for progress; once read() has returned empty, what the source's final command tag
  // reports.
  [[nodiscard]] virtual std::uint64_t rows() const = 0;

 protected:
  ~CopyReader() = default;
};

// The receiving end of a copy. An empty column list means all columns.
struct CopyTarget {
  std::string_view schema;
  std::string_view relation;
  std::span<const std::string_view> columns;
  CopyFormat format = CopyFormat::text;
  // Freeze the rows if the server allows it here (relation created in this transaction); a wish.
  bool freeze = false;
};

enum class TransactionMode : std::uint8_t {
  read_write,
  repeatable_read_read_only,  // what a source uses
  read_committed_read_only,
};

enum class Capability : std::uint8_t {
  transactional_ddl,
  own_transactions,  // begin/commit really begin and commit (false in a synchronous call)
  copy_freeze,
};

class PGCLONE_API Session {
 public:
  // One statement, or several without parameters. Throws on any failure.
  virtual void execute(std::string_view sql, std::span<const Param> params = {}) = 0;
  // One statement through the extended protocol: a second statement in the text is a syntax error.
  virtual const Result& query(std::string_view sql, std::span<const Param> params = {}) = 0;
  // A COPY … TO STDOUT statement, through the extended protocol as well.
  virtual CopyReader& copy_out(std::string_view sql) = 0;
  // Pulls everything from the reader into a relation, with the caller's rights and row security
  // checked as plain SQL would. Returns the rows inserted.
  virtual std::uint64_t copy_in(const CopyTarget& target, CopyReader& reader) = 0;

  virtual void begin(TransactionMode mode) = 0;
  virtual void commit() = 0;
  // Never throws: a dead connection has rolled back already.
  virtual void rollback() noexcept = 0;
  [[nodiscard]] virtual bool in_transaction() const noexcept = 0;
  // The host's, as transactions are (StepSpec::failure is what strategies have). In a transaction,
  // and one in the other: a point to go back to. Each is either forgotten, and what came since
  // stays, or gone back to, which makes the session usable again after an Error and never throws:
  // if it fails, the transaction is rolled back at its end.
  virtual void savepoint() = 0;
  virtual void forget_savepoint() = 0;
  virtual void back_to_savepoint() noexcept = 0;

  // e.g. 150020
  [[nodiscard]] virtual int server_version() const noexcept = 0;
  [[nodiscard]] virtual bool supports(Capability capability) const noexcept = 0;

 protected:
  ~Session() = default;
};

}  // namespace pgclone
