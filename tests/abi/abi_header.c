/* A plugin's descriptor as C sees it, for symbols_test to compare with C++. */
#include <pgclone/plugin/abi.h>

size_t abi_descriptor_size(void);
size_t abi_entry_size(void);
size_t abi_entries_offset(void);

size_t abi_descriptor_size(void) {
  return sizeof(pgclone_plugin_descriptor);
}
size_t abi_entry_size(void) {
  return sizeof(pgclone_strategy_entry);
}
size_t abi_entries_offset(void) {
  return offsetof(pgclone_plugin_descriptor, entries);
}
