// Columns of what isn't a table, as CREATE lists them. The source says what each is; the list is
// composed here.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "scope.hpp"

namespace pgclone::schema {

// By the relation's OID. relkind: "c" (composite types) or "f" (foreign tables; what they inherit
// is not listed).
std::unordered_map<std::uint32_t, std::string> read_column_lists(const Scope& scope,
                                                                 std::string_view relkind);

// The options of foreign tables (number 0) and of their columns: OPTIONS (a 'x', b 'y') with a
// blank before it.
class ForeignOptions {
 public:
  explicit ForeignOptions(const Scope& scope);
  [[nodiscard]] std::string of(std::uint32_t relation, std::int64_t number) const;

 private:
  std::map<std::pair<std::uint32_t, std::int64_t>, std::string> lists_;
};

}  // namespace pgclone::schema
