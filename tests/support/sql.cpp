#include "support/sql.hpp"

#include <memory>
#include <thread>
#include <utility>

namespace pgclone::test {

namespace {

using ResultPtr = std::unique_ptr<PGresult, decltype(&PQclear)>;

SqlReport report_of(const PGresult* result) {
  const auto field = [result](int code) {
    const char* text = PQresultErrorField(result, code);
    return std::string(text == nullptr ? "" : text);
  };
  SqlReport report{field(PG_DIAG_SEVERITY_NONLOCALIZED), field(PG_DIAG_SQLSTATE),
                   field(PG_DIAG_MESSAGE_PRIMARY),       field(PG_DIAG_MESSAGE_DETAIL),
                   field(PG_DIAG_MESSAGE_HINT),          field(PG_DIAG_CONTEXT)};
  if (report.message.empty()) report.message = PQresultErrorMessage(result);
  return report;
}

std::string one_line(const SqlReport& report) {
  std::string out = report.sqlstate + " " + report.message;
  if (!report.detail.empty()) out += "\nDETAIL: " + report.detail;
  if (!report.hint.empty()) out += "\nHINT: " + report.hint;
  if (!report.context.empty()) out += "\nCONTEXT: " + report.context;
  return out;
}

}  // namespace

SqlError::SqlError(SqlReport report)
    : std::runtime_error(one_line(report)), report_(std::move(report)) {}

Sql::Sql(const std::string& conninfo) : connection_(PQconnectdb(conninfo.c_str())) {
  if (PQstatus(connection_) != CONNECTION_OK) {
    std::string message = PQerrorMessage(connection_);
    PQfinish(connection_);
    throw SqlError(SqlReport{"FATAL", "", std::move(message), "", "", ""});
  }
  PQsetNoticeReceiver(connection_, &Sql::collect, this);
}

Sql::~Sql() {
  if (connection_ != nullptr) PQfinish(connection_);
}

Sql::Sql(Sql&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)), notices_(std::move(other.notices_)) {
  if (connection_ != nullptr) PQsetNoticeReceiver(connection_, &Sql::collect, this);
}

void Sql::collect(void* self, const PGresult* result) {
  static_cast<Sql*>(self)->notices_.push_back(report_of(result));
}

void Sql::exec(const std::string& sql) {
  rows(sql);
}

Rows Sql::rows(const std::string& sql) {
  send(sql);
  return finish();
}

std::optional<std::string> Sql::maybe_value(const std::string& sql) {
  Rows all = rows(sql);
  if (all.size() != 1 || all.front().size() != 1) {
    throw std::runtime_error("not one value but " + std::to_string(all.size()) + " rows: " + sql);
  }
  return std::move(all.front().front());
}

std::string Sql::value(const std::string& sql) {
  return maybe_value(sql).value_or("(null)");
}

SqlReport Sql::expect_error(const std::string& sql) {
  try {
    rows(sql);
  } catch (const SqlError& error) {
    return error.report();
  }
  throw std::runtime_error("succeeded although it must fail: " + sql);
}

void Sql::copy_in(const std::string& sql, std::string_view data) {
  const ResultPtr started(PQexec(connection_, sql.c_str()), &PQclear);
  if (PQresultStatus(started.get()) != PGRES_COPY_IN) throw SqlError(report_of(started.get()));
  PQputCopyData(connection_, data.data(), static_cast<int>(data.size()));
  PQputCopyEnd(connection_, nullptr);
  finish();
}

void Sql::send(const std::string& sql) {
  if (PQsendQuery(connection_, sql.c_str()) != 1) {
    throw SqlError(SqlReport{"FATAL", "", PQerrorMessage(connection_), "", "", ""});
  }
}

bool Sql::busy() {
  PQconsumeInput(connection_);
  return PQisBusy(connection_) != 0;
}

Rows Sql::finish() {
  Rows out;
  std::optional<SqlReport> failure;
  for (;;) {
    const ResultPtr result(PQgetResult(connection_), &PQclear);
    if (!result) break;
    const ExecStatusType status = PQresultStatus(result.get());
    if (status == PGRES_FATAL_ERROR || status == PGRES_BAD_RESPONSE) {
      if (!failure) failure = report_of(result.get());
      continue;
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT) {
      throw std::runtime_error("COPY through Sql::rows: use copy_in");
    }
    out.clear();
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      std::vector<Value>& values = out.emplace_back();
      for (int column = 0; column < PQnfields(result.get()); ++column) {
        if (PQgetisnull(result.get(), row, column) != 0) {
          values.emplace_back();
        } else {
          values.emplace_back(
              std::string(PQgetvalue(result.get(), row, column),
                          static_cast<std::size_t>(PQgetlength(result.get(), row, column))));
        }
      }
    }
  }
  if (failure) throw SqlError(std::move(*failure));
  return out;
}

void Sql::cancel() {
  const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> handle(PQgetCancel(connection_),
                                                                  &PQfreeCancel);
  char message[256] = "";
  if (PQcancel(handle.get(), message, sizeof message) != 1) throw std::runtime_error(message);
}

int Sql::backend_pid() const {
  return PQbackendPID(connection_);
}

void wait_until(Sql& sql, const std::string& query, std::chrono::milliseconds deadline) {
  const auto limit = std::chrono::steady_clock::now() + deadline;
  while (sql.value(query) != "t") {
    if (std::chrono::steady_clock::now() > limit) {
      throw std::runtime_error("did not become true in time: " + query);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace pgclone::test
