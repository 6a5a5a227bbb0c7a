#include "pq/peer.hpp"

#include <algorithm>

#include "pgclone/plugin/shortened.hpp"

namespace pgclone::pq {

namespace {

// A message goes to the user, to the log and into tables of ours.
constexpr std::size_t kLongestText = std::size_t{64} * 1024;

std::string_view field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string_view() : shortened(text, kLongestText);
}

// As an error's: neither success nor warning nor "no data".
bool is_sqlstate(std::string_view code) {
  return code.size() == 5 && !code.starts_with("00") && !code.starts_with("01") &&
         !code.starts_with("02") && std::ranges::all_of(code, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
         });
}

}  // namespace

Peer::Peer(const ConnInfo& conninfo, bool is_source, bool (*valid_text)(std::string_view))
    : name_((is_source ? "the source \"" : "the target \"") + conninfo.describe() + "\""),
      origin_(is_source ? Origin::source : Origin::target),
      valid_text_(valid_text) {
  for (const std::string_view keyword : {"password", "sslpassword"}) {
    if (!conninfo.get(keyword).empty()) secrets_.emplace_back(conninfo.get(keyword));
  }
}

Error Peer::error(std::string_view sqlstate, std::string message) const {
  return Error(sqlstate, std::move(message)).with_origin(origin_);
}

std::string Peer::readable(std::string_view text) const {
  std::string out(text);
  if (valid_text_ == nullptr || valid_text_(text)) return out;
  for (char& c : out)
    if (static_cast<unsigned char>(c) > 0x7f) c = '?';
  return out;
}

std::string Peer::clean(std::string_view text) const {
  std::string out = readable(shortened(text, kLongestText));
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  for (const std::string& secret : secrets_) {
    constexpr std::string_view kMask = "***";
    for (std::size_t at = out.find(secret); at != std::string::npos;
         at = out.find(secret, at + kMask.size())) {
      out.replace(at, secret.size(), kMask);
    }
  }
  return out;
}

Error Peer::from_result(const PGresult* result) const {
  std::string_view code = field(result, PG_DIAG_SQLSTATE);
  const std::string_view message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (code.empty()) return connection_lost(PQresultErrorMessage(result));
  const std::string_view severity = field(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  if (severity == "FATAL" || severity == "PANIC") return connection_lost(message);
  if (!is_sqlstate(code)) code = sqlstate::kProtocolViolation;
  Error error(code,
              message.empty() ? name_ + " sent an error without a message" : readable(message));
  error.with_origin(origin_)
      .with_detail(readable(field(result, PG_DIAG_MESSAGE_DETAIL)))
      .with_hint(readable(field(result, PG_DIAG_MESSAGE_HINT)));
  const std::string_view context = field(result, PG_DIAG_CONTEXT);
  if (!context.empty()) error.with_context(readable(context));
  return error;
}

Error Peer::connection_lost(std::string_view cause) const {
  return error(sqlstate::kConnectionFailure, "lost the connection to " + name_)
      .with_detail(cause.empty() ? "The connection was closed." : clean(cause))
      .with_hint(
          "See the log of that server, and whether the network in between drops connections.");
}

Error Peer::could_not_connect(std::string_view cause) const {
  return error(sqlstate::kUnableToConnect, "could not connect to " + name_)
      .with_detail(clean(cause))
      .with_hint(
          "Check that the server runs and lets this machine in (listen_addresses, pg_hba.conf), "
          "and "
          "the host, port, database, user and password of the connection string.");
}

}  // namespace pgclone::pq
