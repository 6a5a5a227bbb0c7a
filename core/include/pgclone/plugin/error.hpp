// The one exception type of pgclone. It carries everything PostgreSQL shows of an error, so that a
// failure on the source reaches the user of the target with its SQLSTATE, DETAIL and HINT intact.
#pragma once

#include <exception>
#include <string>
#include <string_view>

#include "pgclone/plugin/api.hpp"

namespace pgclone {

// Which server an error came from. Only errors of the source are retried on a new connection.
enum class Origin : unsigned char { none, source, target };

// SQLSTATEs that we raise ourselves (PostgreSQL documentation, appendix A).
namespace sqlstate {
inline constexpr std::string_view kConnectionException = "08000";
inline constexpr std::string_view kConnectionFailure = "08006";
inline constexpr std::string_view kUnableToConnect = "08001";
inline constexpr std::string_view kProtocolViolation = "08P01";
inline constexpr std::string_view kFeatureNotSupported = "0A000";
inline constexpr std::string_view kDataException = "22000";
inline constexpr std::string_view kInvalidParameterValue = "22023";
inline constexpr std::string_view kInvalidText = "22P02";
inline constexpr std::string_view kUniqueViolation = "23505";
inline constexpr std::string_view kDependentObjectsStillExist = "2BP01";
inline constexpr std::string_view kInvalidSchemaName = "3F000";
inline constexpr std::string_view kSyntaxError = "42601";
inline constexpr std::string_view kInsufficientPrivilege = "42501";
inline constexpr std::string_view kUndefinedColumn = "42703";
inline constexpr std::string_view kUndefinedObject = "42704";
inline constexpr std::string_view kDuplicateObject = "42710";
inline constexpr std::string_view kUndefinedTable = "42P01";
inline constexpr std::string_view kDuplicateTable = "42P07";
inline constexpr std::string_view kOutOfMemory = "53200";
inline constexpr std::string_view kConfigurationLimitExceeded = "53400";
inline constexpr std::string_view kObjectNotInPrerequisiteState = "55000";
inline constexpr std::string_view kQueryCancelled = "57014";
inline constexpr std::string_view kAdminShutdown = "57P01";
inline constexpr std::string_view kInternalError = "XX000";
}  // namespace sqlstate

// Throw it from anywhere in core or in a plugin; the host turns it into a PostgreSQL error.
//   throw Error(sqlstate::kUndefinedTable, "table \"s.t\" does not exist on the source")
//       .with_detail("…the cause…").with_hint("…the next step…");
// Copies are deep; an Error never refers to memory of a session.
class PGCLONE_API Error : public std::exception {
 public:
  Error(std::string_view sqlstate, std::string message);
  Error(const Error&);
  Error(Error&&) noexcept;
  Error& operator=(const Error&);
  Error& operator=(Error&&) noexcept;
  ~Error() override;

  Error& with_detail(std::string detail) &;
  Error&& with_detail(std::string detail) &&;
  Error& with_hint(std::string hint) &;
  Error&& with_hint(std::string hint) &&;
  // Appends a line to the CONTEXT, innermost first.
  Error& with_context(std::string_view line) &;
  Error&& with_context(std::string_view line) &&;
  Error& with_origin(Origin origin) &;
  Error&& with_origin(Origin origin) &&;
  // Replaces the message (to name the object that a lower layer could not know).
  Error& with_message(std::string message) &;

  [[nodiscard]] const char* what() const noexcept override;
  [[nodiscard]] const std::string& message() const noexcept { return message_; }
  // Five characters.
  [[nodiscard]] const std::string& sqlstate() const noexcept { return sqlstate_; }
  [[nodiscard]] const std::string& detail() const noexcept { return detail_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }
  [[nodiscard]] const std::string& context() const noexcept { return context_; }
  [[nodiscard]] Origin origin() const noexcept { return origin_; }

  // The user (or a shutdown) asked us to stop. Nothing may swallow or retry such an error.
  [[nodiscard]] bool is_cancel() const noexcept;
  // The connection is gone or the server is going: worth a new connection and a retry.
  [[nodiscard]] bool is_connection_loss() const noexcept;

 private:
  std::string sqlstate_;
  std::string message_;
  std::string detail_;
  std::string hint_;
  std::string context_;
  Origin origin_ = Origin::none;
};

}  // namespace pgclone
