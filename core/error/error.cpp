#include "pgclone/plugin/error.hpp"

#include <utility>

namespace pgclone {

Error::Error(std::string_view sqlstate, std::string message)
    : sqlstate_(sqlstate.size() == 5 ? sqlstate : sqlstate::kInternalError),
      message_(std::move(message)) {}
Error::Error(const Error&) = default;
Error::Error(Error&&) noexcept = default;
Error& Error::operator=(const Error&) = default;
Error& Error::operator=(Error&&) noexcept = default;
Error::~Error() = default;

Error& Error::with_detail(std::string detail) & {
  detail_ = std::move(detail);
  return *this;
}
Error&& Error::with_detail(std::string detail) && {
  detail_ = std::move(detail);
  return std::move(*this);
}
Error& Error::with_hint(std::string hint) & {
  hint_ = std::move(hint);
  return *this;
}
Error&& Error::with_hint(std::string hint) && {
  hint_ = std::move(hint);
  return std::move(*this);
}
Error& Error::with_context(std::string_view line) & {
  if (!context_.empty()) context_ += '\n';
  context_ += line;
  return *this;
}
Error&& Error::with_context(std::string_view line) && {
  with_context(line);
  return std::move(*this);
}
Error& Error::with_origin(Origin origin) & {
  origin_ = origin;
  return *this;
}
Error&& Error::with_origin(Origin origin) && {
  origin_ = origin;
  return std::move(*this);
}
Error& Error::with_message(std::string message) & {
  message_ = std::move(message);
  return *this;
}

const char* Error::what() const noexcept {
  return message_.c_str();
}

bool Error::is_cancel() const noexcept {
  return origin_ != Origin::source &&
         (sqlstate_ == sqlstate::kQueryCancelled || sqlstate_ == sqlstate::kAdminShutdown);
}

bool Error::is_connection_loss() const noexcept {
  // Class 08, and the codes with which a server says good-bye (57P01 … 57P03).
  return sqlstate_.starts_with("08") || sqlstate_ == sqlstate::kAdminShutdown ||
         sqlstate_ == "57P02" || sqlstate_ == "57P03";
}

}  // namespace pgclone
