#include "job/lent_session.hpp"

#include <string>
#include <utility>

#include "pgclone/plugin/error.hpp"
#include "pgclone/plugin/shortened.hpp"

namespace pgclone::job {
namespace {

constexpr std::size_t kShown = 200;

Error not_yours(std::string_view side, const std::string& detail) {
  return Error("2D000", "a strategy cannot begin or end transactions of the " + std::string(side))
      .with_detail(detail)
      .with_hint(
          "A step is a transaction of the host's, and so is the planning: put what belongs "
          "together "
          "into one group, and leave the rest to the host.");
}

}  // namespace

void LentSession::refuse(std::string_view what) {
  throw not_yours(side_, "It called " + std::string(what) + ".");
}

void LentSession::demand_open() {
  if (std::exchange(rolled_back_, false)) refuse("rollback()");
}

void LentSession::demand_transaction(std::string_view sql) {
  if (session_->in_transaction()) return;
  throw not_yours(side_, "It executed: " + std::string(shortened(sql, kShown)));
}

void LentSession::execute(std::string_view sql, std::span<const Param> params) {
  demand_open();
  session_->execute(sql, params);
  demand_transaction(sql);
}

const Result& LentSession::query(std::string_view sql, std::span<const Param> params) {
  demand_open();
  const Result& result = session_->query(sql, params);
  demand_transaction(sql);
  return result;
}

CopyReader& LentSession::copy_out(std::string_view sql) {
  demand_open();
  return session_->copy_out(sql);
}

std::uint64_t LentSession::copy_in(const CopyTarget& target, CopyReader& reader) {
  demand_open();
  return session_->copy_in(target, reader);
}

void LentSession::begin(TransactionMode /*mode*/) {
  refuse("begin()");
}

void LentSession::commit() {
  refuse("commit()");
}

void LentSession::savepoint() {
  refuse("savepoint()");
}

void LentSession::forget_savepoint() {
  refuse("forget_savepoint()");
}

}  // namespace pgclone::job
