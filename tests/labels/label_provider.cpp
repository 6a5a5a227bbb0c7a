// Two providers of security labels, which take any label but "refused".
#include <cstring>

#include "server.hpp"

PGCLONE_MODULE_MAGIC;

namespace {

void check(const ObjectAddress*, const char* label) {
  if (label != nullptr && std::strcmp(label, "refused") == 0) elog(ERROR, "the label is refused");
}

}  // namespace

extern "C" __attribute__((visibility("default"))) void _PG_init(void);

extern "C" void _PG_init(void) {
  register_label_provider("test \"provider", check);
  register_label_provider("another", check);
}
