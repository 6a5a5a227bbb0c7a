#include "conflict/names.hpp"

namespace pgclone::conflict {
namespace {

constexpr std::size_t kMaxName = 63;  // NAMEDATALEN - 1

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

}  // namespace

std::string with_suffix(std::string_view name, std::string_view suffix) {
  std::size_t keep = name.size();
  if (keep + suffix.size() > kMaxName) {
    keep = kMaxName - suffix.size();
    while (keep > 0 && continues_character(name[keep])) --keep;
  }
  return std::string(name.substr(0, keep)) + std::string(suffix);
}

std::set<std::string>& NameSpace::taken(const ObjectName& base) {
  const bool routine =
      base.kind == "FUNCTION" || base.kind == "PROCEDURE" || base.kind == "AGGREGATE";
  const auto [found, fresh] = taken_.try_emplace({std::string(base.schema), routine});
  if (!fresh) return found->second;
  const Param params[] = {base.schema};
  const Result& rows = target_.query(
      routine ? "SELECT proname FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n "
                "ON n.oid = p.pronamespace WHERE n.nspname = $1::text"
              : "SELECT relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n "
                "ON n.oid = c.relnamespace WHERE n.nspname = $1::text UNION "
                "SELECT typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n "
                "ON n.oid = t.typnamespace WHERE n.nspname = $1::text",
      params);
  for (std::size_t row = 0; row < rows.rows(); ++row) found->second.emplace(rows.text(row, 0));
  return found->second;
}

std::string NameSpace::claim(const ObjectName& base, std::string_view suffix) {
  auto& names = taken(base);
  for (std::uint64_t attempt = 1;; ++attempt) {
    const std::string number = attempt == 1 ? "" : "_" + std::to_string(attempt);
    std::string name = with_suffix(base.name, std::string(suffix) + number);
    if (names.insert(name).second) return name;
  }
}

}  // namespace pgclone::conflict
