// Finds secrets in text, in every form in which connection strings and SQL write them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pgclone::log {

class Redactor {
 public:
  // The secret itself and its quoted forms. An empty one is ignored: it would match everywhere.
  void hide(const std::string& secret);
  // Replaces each occurrence by ********, the longest where several begin at one place.
  [[nodiscard]] std::string redact(std::string_view text) const;

 private:
  [[nodiscard]] std::size_t match(std::string_view text) const;

  std::vector<std::string> forms_;
  std::vector<std::string> secrets_;
};

}  // namespace pgclone::log
