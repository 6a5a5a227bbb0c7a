#include "host/descriptor.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <utility>

#include "options/schema.hpp"
#include "pgclone/plugin/define.hpp"
#include "pgclone/plugin/error.hpp"

namespace pgclone::host {
namespace {

// A plugin that is wrong says why through an Error, of which the loader keeps the message.
[[noreturn]] void refuse(std::string_view file_name, const std::string& why) {
  throw Error(sqlstate::kObjectNotInPrerequisiteState,
              "plugin \"" + std::string(file_name) + "\" " + why);
}

std::string contract(unsigned major, unsigned minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

// As the golden file of the contract writes it.
std::string digits(std::uint64_t fingerprint) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(fingerprint));
  return text;
}

std::string list(const pgclone_value_sizes& sizes) {
  return std::to_string(sizes.step) + ", " + std::to_string(sizes.request) + ", " +
         std::to_string(sizes.conflict) + ", " + std::to_string(sizes.copy_target) + " and " +
         std::to_string(sizes.error);
}

bool is_id(std::string_view id) {
  return !id.empty() && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// What commas separate.
std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> ids;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view id = text.substr(0, comma);
    id.remove_prefix(std::min(id.find_first_not_of(' '), id.size()));
    id = id.substr(0, id.find_last_not_of(' ') + 1);
    if (!id.empty()) ids.emplace_back(id);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return ids;
}

// The version and the fingerprint of the headers say that both sides mean the same calls, the sizes
// of values that the compilers were told the same.
void check_contract(const pgclone_plugin_descriptor* descriptor, std::string_view file_name) {
  const std::string ours = contract(PGCLONE_ABI_MAJOR, PGCLONE_ABI_MINOR);
  if (descriptor->abi_major != PGCLONE_ABI_MAJOR || descriptor->abi_minor != PGCLONE_ABI_MINOR) {
    refuse(file_name, "was built for contract " +
                          contract(descriptor->abi_major, descriptor->abi_minor) +
                          ", this pgclone has " + ours);
  }
  if (descriptor->fingerprint != PGCLONE_ABI_FINGERPRINT) {
    refuse(file_name, "was built with other headers of contract " + ours +
                          ": their fingerprint is " + digits(descriptor->fingerprint) +
                          ", that of this pgclone " + digits(PGCLONE_ABI_FINGERPRINT));
  }
  if (descriptor->struct_size != sizeof(pgclone_plugin_descriptor) ||
      descriptor->entry_size != sizeof(pgclone_strategy_entry)) {
    refuse(file_name, "has a descriptor of " + std::to_string(descriptor->struct_size) +
                          " and entries of " + std::to_string(descriptor->entry_size) +
                          " bytes, this pgclone has " +
                          std::to_string(sizeof(pgclone_plugin_descriptor)) + " and " +
                          std::to_string(sizeof(pgclone_strategy_entry)));
  }
  if (std::memcmp(&descriptor->sizes, &detail::kValueSizes, sizeof detail::kValueSizes) != 0) {
    refuse(file_name, "was compiled with other options: values of the contract have " +
                          list(descriptor->sizes) + " bytes, those of this pgclone " +
                          list(detail::kValueSizes));
  }
}

// In the order in which a field can be trusted: the magic says that there is a descriptor, the
// contract that the rest is where we look for it.
void check_header(const pgclone_plugin_descriptor* descriptor, std::string_view file_name) {
  if (descriptor == nullptr) refuse(file_name, "returned no descriptor");
  if (descriptor->magic != PGCLONE_ABI_MAGIC) {
    refuse(file_name, "has a descriptor with a wrong magic number");
  }
  check_contract(descriptor, file_name);
  if (descriptor->toolchain == nullptr || descriptor->name == nullptr ||
      descriptor->version == nullptr) {
    refuse(file_name, "leaves its toolchain, name or version out");
  }
  if (std::string_view(descriptor->toolchain) != PGCLONE_TOOLCHAIN) {
    refuse(file_name, "was built with toolchain " + std::string(descriptor->toolchain) +
                          ", this pgclone with " + PGCLONE_TOOLCHAIN);
  }
  if (descriptor->name != file_name) {
    refuse(file_name, "calls itself \"" + std::string(descriptor->name) +
                          "\"; file and plugin must have the same name");
  }
  if (descriptor->entries == nullptr || descriptor->entry_count == 0) {
    refuse(file_name, "has no strategies");
  }
}

Entry check_entry(const pgclone_strategy_entry& entry, std::string_view file_name) {
  if (entry.struct_size != sizeof(pgclone_strategy_entry)) {
    refuse(file_name, "has an entry of " + std::to_string(entry.struct_size) +
                          " bytes, this pgclone has " +
                          std::to_string(sizeof(pgclone_strategy_entry)));
  }
  if (entry.id == nullptr || entry.summary == nullptr || entry.option_schema == nullptr ||
      entry.asks == nullptr || entry.create == nullptr || entry.destroy == nullptr) {
    refuse(file_name, "has an entry that leaves something out");
  }
  if (!is_id(entry.id)) {
    refuse(file_name, "has a strategy with the id \"" + std::string(entry.id) +
                          "\"; ids consist of a-z, 0-9, \"_\" and \"-\"");
  }
  std::vector<std::string> asks = split(entry.asks);
  for (const std::string& id : asks) {
    if (!is_id(id))
      refuse(file_name,
             "has a strategy that asks \"" + id + "\"; ids consist of a-z, 0-9, \"_\" and \"-\"");
  }
  try {
    options::parse_schema(entry.option_schema);
  } catch (const Error& error) {
    refuse(file_name, "declares the options of strategy \"" + std::string(entry.id) +
                          "\" wrongly: " + error.detail());
  }
  if (kind_name(entry.kind).empty()) {
    return {&entry, "strategy \"" + std::string(entry.id) + "\" is of the kind " +
                        std::to_string(entry.kind) + ", which this pgclone does not know"};
  }
  return {&entry, {}, std::move(asks)};
}

}  // namespace

std::string_view kind_name(std::uint32_t kind) {
  switch (kind) {
    case PGCLONE_STRATEGY_CLONE:
      return "clone";
    case PGCLONE_STRATEGY_CONFLICT:
      return "conflict";
    case PGCLONE_STRATEGY_SNAPSHOT:
      return "snapshot";
    default:
      return {};
  }
}

std::vector<Entry> check_descriptor(const pgclone_plugin_descriptor* descriptor,
                                    std::string_view file_name) {
  check_header(descriptor, file_name);
  std::vector<Entry> entries;
  for (std::uint32_t i = 0; i < descriptor->entry_count; ++i) {
    entries.push_back(check_entry(descriptor->entries[i], file_name));
  }
  return entries;
}

}  // namespace pgclone::host
