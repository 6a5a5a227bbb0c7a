// A server error as a C++ exception: an Error, plus the object names that only the server's own
// error protocol has. They are put back when the error leaves through entry.hpp.
#pragma once

#include <string>

#include "pgclone/plugin/error.hpp"

namespace pgclone::guard {

struct ObjectNames {
  std::string schema;
  std::string table;
  std::string column;
  std::string datatype;
  std::string constraint;
};

class ServerError final : public Error {
 public:
  ServerError(Error error, ObjectNames names) : Error(std::move(error)), names_(std::move(names)) {}
  [[nodiscard]] const ObjectNames& names() const noexcept { return names_; }

 private:
  ObjectNames names_;
};

}  // namespace pgclone::guard
