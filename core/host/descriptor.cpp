#include "host/descriptor.hpp"

#include <algorithm>
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

bool is_id(std::string_view id) {
  return !id.empty() && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

// In the order in which a field can be trusted: the magic says that there is a descriptor, the
// version how to read the sizes, the sizes that the rest is where we look for it.
void check_header(const pgclone_plugin_descriptor* descriptor, std::string_view file_name) {
  if (descriptor == nullptr) refuse(file_name, "returned no descriptor");
  if (descriptor->magic != PGCLONE_ABI_MAGIC) {
    refuse(file_name, "has a descriptor with a wrong magic number");
  }
  if (descriptor->abi_major != PGCLONE_ABI_MAJOR || descriptor->abi_minor != PGCLONE_ABI_MINOR) {
    refuse(file_name, "was built for contract " +
                          contract(descriptor->abi_major, descriptor->abi_minor) +
                          ", this pgclone has " + contract(PGCLONE_ABI_MAJOR, PGCLONE_ABI_MINOR));
  }
  if (descriptor->struct_size != sizeof(pgclone_plugin_descriptor) ||
      descriptor->entry_size != sizeof(pgclone_strategy_entry)) {
    refuse(file_name, "has a descriptor of " + std::to_string(descriptor->struct_size) +
                          " and entries of " + std::to_string(descriptor->entry_size) +
                          " bytes, this pgclone has " +
                          std::to_string(sizeof(pgclone_plugin_descriptor)) + " and " +
                          std::to_string(sizeof(pgclone_strategy_entry)));
  }
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
      entry.create == nullptr || entry.destroy == nullptr) {
    refuse(file_name, "has an entry that leaves something out");
  }
  if (!is_id(entry.id)) {
    refuse(file_name, "has a strategy with the id \"" + std::string(entry.id) +
                          "\"; ids consist of a-z, 0-9, \"_\" and \"-\"");
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
  return {&entry, {}};
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
