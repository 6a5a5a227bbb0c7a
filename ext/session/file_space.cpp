#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "server.hpp"

#include "session/file_space.hpp"

namespace pgclone::session {

namespace {

constexpr BlockNumber kBlocksPerFile = RELSEG_SIZE;

char* file_of(Relation relation, BlockNumber block) {
  char* const path = relpathperm(relation->rd_node, MAIN_FORKNUM);
  const BlockNumber number = block / kBlocksPerFile;
  return number == 0 ? path : psprintf("%s.%u", path, number);
}

[[noreturn]] void refuse(const char* what, const char* path, int error) {
  errno = error;
  ereport(ERROR, (errcode_for_file_access(),
                  errmsg("could not %s file \"%s\": %s", what, path, strerror(error)),
                  error == ENOSPC ? errhint("Check free disk space.") : 0));
}

// Of blocks that share a file. Returns 0, or the system's error.
int reserve_in_file(const char* path, BlockNumber first, BlockNumber end) {
  const off_t start = first % kBlocksPerFile;
  // An empty file behind full ones is as good as none.
  const int create = start == 0 ? O_CREAT : 0;
  const int file = OpenTransientFile(path, O_RDWR | create | PG_BINARY);
  if (file < 0) refuse("open", path, errno);
  int error = 0;
  pgstat_report_wait_start(WAIT_EVENT_DATA_FILE_EXTEND);
  do {
    error = fallocate(file, FALLOC_FL_KEEP_SIZE, start * BLCKSZ, off_t{end - first} * BLCKSZ) == 0
                ? 0
                : errno;
  } while (error == EINTR);
  pgstat_report_wait_end();
  CloseTransientFile(file);
  return error;
}

}  // namespace

bool may_reserve_space(Relation relation) {
  // There is room for the first block, so nothing is taken.
  const int error = reserve_in_file(file_of(relation, 0), 0, 1);
  return error != EOPNOTSUPP && error != ENOSYS && error != EINVAL;
}

void reserve_space(Relation relation, BlockNumber first, BlockNumber end) {
  while (first < end) {
    const BlockNumber stop = std::min(end, first - first % kBlocksPerFile + kBlocksPerFile);
    const char* const path = file_of(relation, first);
    const int error = reserve_in_file(path, first, stop);
    if (error != 0) refuse("extend", path, error);
    first = stop;
  }
}

}  // namespace pgclone::session
