// A plain blocking connection for test code (not the session under test).
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace pgclone::test {

// What a server says in an error or notice.
struct SqlReport {
  std::string severity;
  std::string sqlstate;
  std::string message;
  std::string detail;
  std::string hint;
  std::string context;
};

// A statement that failed.
class SqlError : public std::runtime_error {
 public:
  explicit SqlError(SqlReport report);
  [[nodiscard]] const SqlReport& report() const { return report_; }

 private:
  SqlReport report_;
};

using Value = std::optional<std::string>;
using Rows = std::vector<std::vector<Value>>;

class Sql {
 public:
  explicit Sql(const std::string& conninfo);
  ~Sql();
  Sql(Sql&& other) noexcept;
  Sql& operator=(Sql&&) = delete;

  // One or several statements. All throw SqlError on failure.
  void exec(const std::string& sql);
  // The rows of the last statement.
  Rows rows(const std::string& sql);
  // The only column of the only row; throws when there are more or fewer. NULL is "(null)".
  std::string value(const std::string& sql);
  std::optional<std::string> maybe_value(const std::string& sql);
  // Runs something that must fail and returns how; throws when it succeeds.
  SqlReport expect_error(const std::string& sql);
  // Runs COPY … FROM STDIN with this text.
  void copy_in(const std::string& sql, std::string_view data);

  // Starts statements without waiting; finish() waits and is like rows().
  void send(const std::string& sql);
  [[nodiscard]] bool busy();
  Rows finish();
  // Asks the server to cancel what runs.
  void cancel();

  [[nodiscard]] int backend_pid() const;
  // Every NOTICE, WARNING, INFO … since the last clear.
  [[nodiscard]] const std::vector<SqlReport>& notices() const { return notices_; }
  void clear_notices() { notices_.clear(); }
  [[nodiscard]] PGconn* handle() const { return connection_; }

 private:
  static void collect(void* self, const PGresult* result);
  PGconn* connection_;
  std::vector<SqlReport> notices_;
};

// Polls until the query's value is "t"; throws at the deadline.
void wait_until(Sql& sql, const std::string& query,
                std::chrono::milliseconds deadline = std::chrono::seconds(20));

}  // namespace pgclone::test
