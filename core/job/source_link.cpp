#include "job/source_link.hpp"

#include <chrono>

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/sql.hpp"
#include "settings/pinned.hpp"

namespace pgclone::job {

SourceLink::SourceLink(Ports& ports, std::string_view strategy, bool single_connection)
    : ports_(ports),
      strategy_(strategy),
      snapshot_(ports.plugins.snapshot(strategy)),
      single_connection_(single_connection) {
  keeper_ = connect();
  snapshot_id_ = host::call(callee("acquire()"), [&] { return snapshot_.acquire(*keeper_); });
  prepare(*keeper_);
}

SourceLink::SourceLink(Ports& ports, std::string_view strategy, std::string snapshot_id)
    : ports_(ports),
      strategy_(strategy),
      snapshot_(ports.plugins.snapshot(strategy)),
      single_connection_(false),
      snapshot_id_(std::move(snapshot_id)) {}

SourceLink::~SourceLink() = default;

std::unique_ptr<pq::LibpqSession> SourceLink::connect() {
  pq::ConnectOptions options;
  options.client_encoding = ports_.target_encoding;
  options.valid_text = ports_.valid_text;
  options.require_password = ports_.require_password;
  return pq::LibpqSession::connect(ports_.source, options, ports_.waiter);
}

host::Callee SourceLink::callee(std::string_view method) const {
  return {"snapshot", strategy_, ports_.plugins.plugin_of("snapshot", strategy_), method, {}};
}

Session& SourceLink::copier() {
  if (single_connection_) return *keeper_;
  if (copier_ && copier_->alive()) return *copier_;
  copier_ = connect();
  adopt();
  return *copier_;
}

void SourceLink::adopt() {
  host::call(callee("adopt()"), [&] { snapshot_.adopt(*copier_, snapshot_id_); });
  prepare(*copier_);
}

void SourceLink::prepare(Session& session) {
  const std::string name(settings::kTablesOnly.name);
  const std::string value = sql::literal(settings::kTablesOnly.value);
  std::string statements = "SET LOCAL search_path = " + search_path_;
  if (knows_tables_only_) {
    if (*knows_tables_only_) statements += "; SET LOCAL " + name + " = " + value;
  } else {
    knows_tables_only_ =
        session
            .query("SELECT pg_catalog.set_config(s.name, " + value +
                   ", true) FROM pg_catalog.pg_settings s WHERE s.name = " + sql::literal(name))
            .rows() > 0;
  }
  session.execute(statements, {});
}

void SourceLink::end_moment() {
  if (consistent() || !copier_ || !copier_->alive()) return;
  copier_->rollback();
  if (!copier_->alive()) return;
  try {
    adopt();
  } catch (const Error& error) {
    if (error.is_cancel()) throw;
    copier_.reset();  // the next copy connects anew, and has an error of its own if it can't
  }
}

void SourceLink::set_search_path(const std::string& path) {
  search_path_ = path;
  for (auto* session : {keeper_.get(), copier_.get()})
    if (session != nullptr) session->execute("SET LOCAL search_path = " + path, {});
}

bool SourceLink::snapshot_stands() {
  if (!keeper_) return true;  // a worker's next import will tell
  try {
    if (ports_.keeper_ping_ms > 0)
      keeper_->ping(std::chrono::milliseconds(ports_.keeper_ping_ms));
    else
      keeper_->execute("SELECT 1", {});
    return true;
  } catch (const Error& error) {
    if (error.is_cancel()) throw;
    return false;  // the caller reports the copier's error, which has the cause
  }
}

void SourceLink::drop_copier() noexcept {
  if (!single_connection_) copier_.reset();
}

// Politely: a pooler ends the server's session of a client that leaves in mid-transaction.
void SourceLink::release() noexcept {
  if (copier_) copier_->rollback();
  copier_.reset();
  if (keeper_ && keeper_->alive()) snapshot_.release(*keeper_);
  keeper_.reset();
}

}  // namespace pgclone::job
