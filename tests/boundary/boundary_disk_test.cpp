// Tables on disks of their own: a full one, and one whose files cannot be given room in advance.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "pages_fixture.hpp"

namespace pgclone::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class DiskTest : public FrozenPagesTest {
 protected:
  // Mounts are seen by this process and its servers alone, and end with them.
  static void SetUpTestSuite() {
    may_mount_ = unshare(CLONE_NEWNS) == 0 &&
                 mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
  }
  static void TearDownTestSuite() {
    for (const std::string& disk : disks_) umount2(disk.c_str(), MNT_DETACH);
  }
  void SetUp() override {
    if (!may_mount_) GTEST_SKIP() << "only root may mount a file system";
  }

  // A tablespace on a file system of its own.
  void make_tablespace(const std::string& name, const std::string& type,
                       const std::string& options = "") {
    const std::string folder = target_cluster().socket_dir() + "/" + name;
    fs::create_directory(folder);
    ASSERT_EQ(mount(name.c_str(), folder.c_str(), type.c_str(), 0, options.c_str()), 0) << errno;
    disks_.push_back(folder);
    give_to_server_user(folder);
    sql_.exec("CREATE TABLESPACE " + name + " LOCATION '" + folder + "'");
  }
  static fs::path filler() { return disks_.back() + "/filler"; }
  static unsigned long free_blocks() {
    struct statvfs found {};
    statvfs(disks_.back().c_str(), &found);
    return found.f_bavail;
  }
  static void fill_disk() {
    const int file = open(filler().c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const std::string block(4096, 'x');
    while (write(file, block.data(), block.size()) > 0) {
    }
    close(file);
    ASSERT_EQ(free_blocks(), 0U);
  }

  // Room for one load and the larger part of another, which so fails among its whole pages.
  void make_small_disk() {
    sql_.exec("CREATE TABLE public.measured (LIKE public.plain)");
    sql_.exec(PagesTest::load("measured"));
    const long size = std::stol(sql_.value("SELECT pg_relation_size('public.measured')"));
    ASSERT_GT(size, 4 << 20);
    const long toast = std::stol(sql_.value("SELECT pg_total_relation_size('public.measured')"));
    make_tablespace("small" + std::to_string(disks_.size()), "tmpfs",
                    "size=" + std::to_string(toast + toast / 4 * 3));
    space_ = "TABLESPACE small" + std::to_string(disks_.size() - 1);
  }
  void expect_full(const std::string& statement) {
    const SqlReport report = sql_.expect_error(statement);
    EXPECT_EQ(report.sqlstate, "53100") << report.message;
    EXPECT_THAT(report.message, HasSubstr("could not extend file \"pg_tblspc/"));
    EXPECT_EQ(report.hint, "Check free disk space.");
  }

  static bool may_mount_;
  static std::vector<std::string> disks_;
  std::string space_;
};

bool DiskTest::may_mount_ = false;
std::vector<std::string> DiskTest::disks_;

constexpr const char* kCalls =
    "SELECT public.b_calls('LockRelationForExtension'), public.b_calls('log_newpages')";

// What the WAL has, the file has room for.
TEST_F(DiskTest, ServerRecoversWithAFullOne) {
  ASSERT_NO_FATAL_FAILURE(make_small_disk());
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain) " + space_);
  sql_.exec(PagesTest::load("direct"));
  // With it come the map of free space and its pages, which a recovery would make as well.
  sql_.exec("VACUUM public.direct");
  sql_.exec("CHECKPOINT");
  const Rows before = sql_.rows(kCalls);
  expect_full(PagesTest::load("direct"));
  // It asked for room once more, and logged nothing.
  const Rows after_failure = sql_.rows(kCalls);
  EXPECT_EQ(std::stoi(*after_failure[0][0]), std::stoi(*before[0][0]) + 1);
  EXPECT_EQ(after_failure[0][1], before[0][1]);
  expect_clean(sql_);
  EXPECT_EQ(sql_.value(checksum("direct")), sql_.value(checksum("plain")));
  ASSERT_NO_FATAL_FAILURE(fill_disk());
  ASSERT_NO_THROW(target_cluster().restart(StopMode::immediate));
  Sql after = database_.connect();
  EXPECT_EQ(after.value(checksum("direct")), after.value(checksum("plain")));
  EXPECT_THAT(damages(after, "direct"), IsEmpty());
  EXPECT_EQ(after.expect_error(PagesTest::load("direct")).sqlstate, "53100");
  fs::remove(filler());
  after.exec("VACUUM public.direct");
  after.exec("CREATE TABLE public.other (LIKE public.plain)");
  after.exec(PagesTest::load("other"));
  EXPECT_EQ(after.value(checksum("other")), after.value(checksum("plain")));
}

TEST_F(DiskTest, AFailedTransactionGivesItsRoomBack) {
  ASSERT_NO_FATAL_FAILURE(make_small_disk());
  sql_.exec("CHECKPOINT");
  const unsigned long free = free_blocks();
  sql_.exec("BEGIN; CREATE TABLE public.direct (LIKE public.plain) " + space_);
  sql_.exec(load("direct"));
  expect_full(load("direct"));
  sql_.exec("ROLLBACK; CHECKPOINT");
  // The folder of the database has come.
  EXPECT_NEAR(static_cast<double>(free_blocks()), static_cast<double>(free), 4);
  ASSERT_NO_THROW(target_cluster().restart(StopMode::immediate));
  Sql after = database_.connect();
  after.exec("BEGIN; CREATE TABLE public.direct (LIKE public.plain) " + space_);
  after.exec(load("direct"));
  after.exec("COMMIT");
  expect_frozen(after, "direct");
}

// There rows are inserted, as the server does it.
TEST_F(DiskTest, WithoutRoomInAdvanceRowsAreInserted) {
  make_tablespace("plain_memory", "ramfs");
  sql_.exec("CREATE TABLE public.direct (LIKE public.plain) TABLESPACE plain_memory");
  sql_.exec(PagesTest::load("direct"));
  EXPECT_EQ(sql_.value("SELECT public.b_calls('smgrextend')"), "0");
  EXPECT_EQ(sql_.value(checksum("direct")), sql_.value(checksum("plain")));
  EXPECT_THAT(damages(sql_, "direct"), IsEmpty());
  sql_.exec("BEGIN; CREATE TABLE public.frozen (LIKE public.plain) TABLESPACE plain_memory");
  sql_.exec(load("frozen"));
  sql_.exec("COMMIT");
  EXPECT_EQ(sql_.value("SELECT public.b_calls('smgrextend')"), "0");
  expect_frozen(sql_, "frozen");
  // Nothing to recover, no room needed.
  sql_.exec("CREATE UNLOGGED TABLE public.unlogged (LIKE public.plain) TABLESPACE plain_memory");
  sql_.exec(PagesTest::load("unlogged"));
  EXPECT_NE(sql_.value("SELECT public.b_calls('smgrextend')"), "0");
}

}  // namespace
}  // namespace pgclone::test
