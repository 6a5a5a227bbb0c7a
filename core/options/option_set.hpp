// The one parser of options: typed, complete, nothing unknown.
//
// An option schema is a JSON array of objects:
//   {"name": "parallel", "type": "integer", "default": 1, "min": 1, "max": 1024, "doc": "…"}
// Types: boolean, integer, string (with optional "values": [...]), names (array of strings), json.
// "default" may be absent (text(), names() and json() are empty, integer() is 0, boolean() false).
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "pgclone/plugin/host.hpp"

namespace pgclone::options {

// The engine's own options: conflict, parallel, consistent, on_error, retries.
PGCLONE_API std::string_view engine_schema();

class PGCLONE_API OptionSet final : public Options {
 public:
  // `json` is an object, or empty for none. Throws Error(22023) that names the option: unknown
  // (HINT with the nearest valid name), wrong type, out of range, duplicate key, not an object.
  // Schemas that declare the same option twice must agree on its type (else XX000); the first
  // declaration's default counts.
  static OptionSet parse(std::string_view json, std::span<const std::string> schemas);

  OptionSet(OptionSet&&) noexcept;
  OptionSet& operator=(OptionSet&&) noexcept;
  ~OptionSet();

  [[nodiscard]] bool declared(std::string_view name) const override;
  [[nodiscard]] bool given(std::string_view name) const override;
  [[nodiscard]] bool boolean(std::string_view name) const override;
  [[nodiscard]] std::int64_t integer(std::string_view name) const override;
  [[nodiscard]] std::string_view text(std::string_view name) const override;
  [[nodiscard]] std::span<const std::string_view> names(std::string_view name) const override;
  [[nodiscard]] std::string_view json(std::string_view name) const override;

  // All options with their effective values, as a JSON object.
  [[nodiscard]] std::string effective() const;

 private:
  struct Impl;
  explicit OptionSet(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The candidate nearest to a misspelt name by edit distance, empty if none is near.
PGCLONE_API std::string_view nearest(std::string_view name,
                                     std::span<const std::string_view> candidates);

}  // namespace pgclone::options
