#include "pq/libpq_session.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "pgclone/plugin/sql.hpp"
#include "pq/connection.hpp"
#include "pq/copy_out.hpp"
#include "pq/server_account.hpp"
#include "pq/session_settings.hpp"

namespace pgclone::pq {

namespace {

constexpr std::string_view kPasswordRequired = "2F003";
constexpr std::string_view kActiveTransaction = "25001";
constexpr std::string_view kNoActiveTransaction = "25P01";
constexpr std::string_view kFailedTransaction = "25P02";
constexpr std::string_view kNotInRepertoire = "22021";

// As much of a text as an error shows.
constexpr std::size_t kShown = 80;

// What one call to libpq gets to send, so that its output buffer stays small.
constexpr std::size_t kSlice = 1024 * 1024;

class LibpqResult final : public Result {
 public:
  void reset(ResultPtr result) { result_ = std::move(result); }

  [[nodiscard]] std::size_t rows() const noexcept override {
    return static_cast<std::size_t>(PQntuples(result_.get()));
  }
  [[nodiscard]] std::size_t columns() const noexcept override {
    return static_cast<std::size_t>(PQnfields(result_.get()));
  }
  [[nodiscard]] bool is_null(std::size_t row, std::size_t column) const override {
    require(row, column);
    return PQgetisnull(result_.get(), static_cast<int>(row), static_cast<int>(column)) != 0;
  }
  [[nodiscard]] std::string_view text(std::size_t row, std::size_t column) const override {
    require(row, column);
    const int r = static_cast<int>(row);
    const int c = static_cast<int>(column);
    return {PQgetvalue(result_.get(), r, c),
            static_cast<std::size_t>(PQgetlength(result_.get(), r, c))};
  }
  [[nodiscard]] std::uint64_t affected() const noexcept override {
    return affected_rows(result_.get());
  }
  [[nodiscard]] std::string_view name(std::size_t column) const override {
    const char* const text = PQfname(result_.get(), static_cast<int>(column));
    return text == nullptr ? std::string_view() : std::string_view(text);
  }

 private:
  // Whoever asks knows what the query returns, but not what the other side is.
  void require(std::size_t row, std::size_t column) const {
    if (row < rows() && column < columns()) return;
    throw Error(sqlstate::kProtocolViolation, "a server's answer is not what was asked for")
        .with_detail("It has " + std::to_string(rows()) + " rows of " + std::to_string(columns()) +
                     " columns; column " + std::to_string(column + 1) + " of row " +
                     std::to_string(row + 1) + " should be there.")
        .with_hint("It is no PostgreSQL server that can be trusted.");
  }

  ResultPtr result_;
};

// What the user did not say. connect_timeout: libpq would wait for ever.
ConnInfo completed(const ConnInfo& conninfo, const ConnectOptions& options) {
  ConnInfo out = conninfo;
  out.set_default("keepalives", "1");
  out.set_default("keepalives_idle", "30");
  out.set_default("keepalives_interval", "10");
  out.set_default("keepalives_count", "6");
  out.set_default("connect_timeout", "10");
  out.set_default("application_name", options.application_name);
  out.set_default("fallback_application_name", "pgclone");
  out.set("client_encoding", options.client_encoding);
  if (options.require_password) leave_account_out(out);
  return out;
}

// Without a password of his own, a caller would log in as the server's operating system user or
// with the password file of that user.
void check_has_password(const ConnInfo& conninfo) {
  if (!conninfo.get("password").empty()) return;
  throw Error(kPasswordRequired, "a password is required")
      .with_detail("Only a superuser may connect without giving a password.")
      .with_hint(
          "Put password=… into the connection string, or into a user mapping and name its server.");
}

void check_used_password(const Connection& connection) {
  if (PQconnectionUsedPassword(connection.handle()) != 0) return;
  throw Error(kPasswordRequired, "a password is required")
      .with_detail("The password of the connection string was not used: " +
                   connection.peer().name() + " let us in without asking for it.")
      .with_hint(
          "Change its pg_hba.conf to a method that asks for a password, such as "
          "scram-sha-256, or let a superuser do this.");
}

Error not_a_copy(const Peer& peer) {
  return peer.error(sqlstate::kInvalidParameterValue, "the statement is not a COPY TO STDOUT")
      .with_detail("It sent no rows in COPY format.")
      .with_hint("Use execute() or query() for it.");
}

std::string copy_statement(const CopyTarget& target) {
  std::string sql = "COPY " + sql::qualified(target.schema, target.relation);
  for (std::size_t i = 0; i < target.columns.size(); ++i) {
    sql += i == 0 ? " (" : ", ";
    sql += sql::identifier(target.columns[i]);
  }
  if (!target.columns.empty()) sql += ")";
  sql += " FROM STDIN (FORMAT ";
  sql += target.format == CopyFormat::binary ? "binary)" : "text)";
  return sql;
}

}  // namespace

struct LibpqSession::Impl {
  Impl(const ConnInfo& conninfo, const ConnectOptions& options, Waiter& waiter)
      : connection(conninfo, options.is_source, options.valid_text, waiter, options.most_memory),
        is_source(options.is_source),
        encoding(options.client_encoding),
        valid_text(options.valid_text) {}

  // Runs a command that can't fail half-way, through the simple protocol.
  ResultPtr command(std::string_view sql) {
    connection.send(sql);
    return connection.finish();
  }
  void check_texts() const;
  [[noreturn]] void refuse_text(std::size_t row, std::size_t column) const;
  void put(std::span<const char> data);
  ResultPtr end_copy(const char* failure);
  void begin(const std::string& statement);

  Connection connection;
  bool is_source;
  std::string encoding;
  bool (*valid_text)(std::string_view);
  LibpqResult result;
  std::unique_ptr<CopyOut> copy;
};

LibpqSession::LibpqSession(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LibpqSession::~LibpqSession() = default;

std::unique_ptr<LibpqSession> LibpqSession::connect(const ConnInfo& conninfo,
                                                    const ConnectOptions& options, Waiter& waiter) {
  if (options.require_password) check_has_password(conninfo);
  const WithoutAccountEnvironment environment(options.require_password);
  auto impl = std::make_unique<Impl>(completed(conninfo, options), options, waiter);
  if (options.require_password) check_used_password(impl->connection);
  check_version(impl->connection);
  if (!options.is_source) pin_session(impl->connection);
  return std::unique_ptr<LibpqSession>(new LibpqSession(std::move(impl)));
}

void LibpqSession::execute(std::string_view sql, std::span<const Param> params) {
  impl_->result.reset(nullptr);
  if (params.empty()) {
    impl_->connection.send(sql);
  } else {
    impl_->connection.send(sql, params);
  }
  impl_->connection.finish();
}

const Result& LibpqSession::query(std::string_view sql, std::span<const Param> params) {
  impl_->result.reset(nullptr);
  impl_->connection.send(sql, params);
  impl_->result.reset(impl_->connection.finish());
  impl_->check_texts();
  return impl_->result;
}

CopyReader& LibpqSession::copy_out(std::string_view sql) {
  impl_->result.reset(nullptr);
  Connection& connection = impl_->connection;
  connection.send(sql, {});
  impl_->copy.reset();
  ResultPtr result = connection.next_result();
  switch (PQresultStatus(result.get())) {
    case PGRES_COPY_OUT:
      impl_->copy = std::make_unique<CopyOut>(connection);
      return *impl_->copy;
    case PGRES_FATAL_ERROR: {
      Error error = connection.peer().from_result(result.get());
      connection.drain();
      if (error.is_connection_loss()) connection.close();
      throw error;
    }
    case PGRES_COPY_IN:
    case PGRES_COPY_BOTH:
      connection.abandon();
      throw not_a_copy(connection.peer());
    default:
      connection.drain();
      throw not_a_copy(connection.peer());
  }
}

// What is no text must not get into names, comments and bodies of the target: it could be stored
// there, but neither be dumped nor restored.
void LibpqSession::Impl::check_texts() const {
  if (valid_text == nullptr) return;
  for (std::size_t row = 0; row < result.rows(); ++row)
    for (std::size_t column = 0; column < result.columns(); ++column)
      if (!valid_text(result.text(row, column))) refuse_text(row, column);
}

void LibpqSession::Impl::refuse_text(std::size_t row, std::size_t column) const {
  const Peer& peer = connection.peer();
  std::string others;
  for (std::size_t i = 0; i < result.columns(); ++i) {
    const std::string_view text = result.text(row, i);
    if (i == column || text.empty() || text.size() > kShown) continue;
    others +=
        (others.empty() ? "" : ", ") + peer.readable(result.name(i)) + " = " + peer.readable(text);
  }
  throw peer
      .error(kNotInRepertoire, peer.name() + " sent bytes that are no text in encoding " + encoding)
      .with_detail("They begin with \"" +
                   peer.readable(result.text(row, column).substr(0, kShown)) + "\", column " +
                   peer.readable(result.name(column)) +
                   " of what describes an object; with it came: " +
                   (others.empty() ? "nothing else" : others) + ".")
      .with_hint(
          "Put the name, comment or definition right on the source, or clone into a database with "
          "encoding SQL_ASCII.");
}

void LibpqSession::Impl::put(std::span<const char> data) {
  while (!data.empty()) {
    const std::size_t size = std::min(data.size(), kSlice);
    const int sent = PQputCopyData(connection.handle(), data.data(), static_cast<int>(size));
    if (sent < 0) throw connection.peer().connection_lost(PQerrorMessage(connection.handle()));
    if (sent == 1) data = data.subspan(size);
    connection.flush();
  }
}

ResultPtr LibpqSession::Impl::end_copy(const char* failure) {
  int sent = 0;
  while ((sent = PQputCopyEnd(connection.handle(), failure)) == 0) connection.flush();
  if (sent < 0) throw connection.peer().connection_lost(PQerrorMessage(connection.handle()));
  connection.flush();
  return connection.finish();
}

std::uint64_t LibpqSession::copy_in(const CopyTarget& target, CopyReader& reader) {
  impl_->result.reset(nullptr);
  Connection& connection = impl_->connection;
  connection.send(copy_statement(target), {});
  const ResultPtr started = connection.next_result();
  if (PQresultStatus(started.get()) != PGRES_COPY_IN) {
    Error error = connection.peer().from_result(started.get());
    connection.drain();
    if (error.is_connection_loss()) connection.close();
    throw error;
  }
  std::exception_ptr failure;
  try {
    for (auto data = reader.read(); !data.empty(); data = reader.read()) impl_->put(data);
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) return affected_rows(impl_->end_copy(nullptr).get());
  if (connection.alive()) {
    try {
      impl_->end_copy("the source of the rows failed");
    } catch (const Error& error) {
      // The answer to our own abort; but a cancel that arrives meanwhile goes before it.
      if (error.is_cancel() && error.origin() == Origin::none) throw;
    }
  }
  std::rethrow_exception(failure);
}

void LibpqSession::Impl::begin(const std::string& statement) {
  if (!is_source) {
    command(statement);
    return;
  }
  try {
    begin_pinned(connection, statement);
  } catch (...) {
    connection.rollback();
    throw;
  }
}

void LibpqSession::begin(TransactionMode mode) {
  if (in_transaction()) {
    throw impl_->connection.peer()
        .error(kActiveTransaction,
               "a transaction is already open on " + impl_->connection.peer().name())
        .with_detail("This session runs one transaction at a time.")
        .with_hint("Commit or roll back first.");
  }
  switch (mode) {
    case TransactionMode::read_write:
      impl_->begin("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE");
      break;
    case TransactionMode::repeatable_read_read_only:
      impl_->begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      break;
    case TransactionMode::read_committed_read_only:
      impl_->begin("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
      break;
  }
}

void LibpqSession::commit() {
  const Peer& peer = impl_->connection.peer();
  if (alive() && !in_transaction()) {
    throw peer.error(kNoActiveTransaction, "no transaction is open on " + peer.name())
        .with_detail("There is nothing to commit.")
        .with_hint("Call begin() first.");
  }
  const ResultPtr result = impl_->command("COMMIT");
  // A failed transaction answers COMMIT with a successful ROLLBACK.
  if (std::string_view(PQcmdStatus(result.get())) != "COMMIT") {
    throw peer.error(kFailedTransaction, "the transaction on " + peer.name() + " was not committed")
        .with_detail("One of its statements had failed, so the server rolled it back.")
        .with_hint("Look for the first error of the transaction.");
  }
}

void LibpqSession::rollback() noexcept {
  impl_->result.reset(nullptr);
  impl_->copy.reset();
  impl_->connection.rollback();
}

// Of one name: a newer one hides those before it.
void LibpqSession::savepoint() {
  execute("SAVEPOINT pgclone");
}

void LibpqSession::forget_savepoint() {
  execute("RELEASE SAVEPOINT pgclone");
}

void LibpqSession::back_to_savepoint() noexcept {
  try {
    execute("ROLLBACK TO SAVEPOINT pgclone; RELEASE SAVEPOINT pgclone");
  } catch (...) {
    // A dead connection has rolled back already; else the server refuses what comes next.
  }
}

bool LibpqSession::in_transaction() const noexcept {
  if (!alive()) return false;
  const PGTransactionStatusType status = PQtransactionStatus(impl_->connection.handle());
  return status == PQTRANS_INTRANS || status == PQTRANS_INERROR || status == PQTRANS_ACTIVE;
}

int LibpqSession::server_version() const noexcept {
  return impl_->connection.server_version();
}

bool LibpqSession::supports(Capability capability) const noexcept {
  // COPY … FREEZE is an error where it isn't possible, so as a wish it can't be granted here.
  return capability != Capability::copy_freeze;
}

void LibpqSession::ping(std::chrono::milliseconds limit) {
  impl_->result.reset(nullptr);
  impl_->connection.ping(limit);
}

int LibpqSession::backend_pid() const noexcept {
  return impl_->connection.backend_pid();
}

bool LibpqSession::alive() const noexcept {
  return impl_->connection.alive();
}

}  // namespace pgclone::pq
