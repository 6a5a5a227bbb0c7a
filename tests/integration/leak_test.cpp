// Jobs leave nothing behind: descriptors, shared memory segments and slots don't grow with them.
#include "fixture.hpp"

namespace pgclone::integration {
namespace {

namespace fs = std::filesystem;

std::size_t entries(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    static_cast<void>(entry);
    ++count;
  }
  return count;
}

// What a process has open, but for relations and WAL: how many of those the server keeps open is
// its own affair, and depends on which catalogs were looked at.
std::size_t open_files(int pid, const fs::path& data_dir) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd")) {
    const std::string target = fs::read_symlink(entry.path()).string();
    if (!target.starts_with(data_dir.string())) ++count;
  }
  return count;
}

// Of what a server and one of its sessions hold.
struct Holdings {
  std::size_t postmaster_files;
  std::size_t session_files;
  std::size_t segments;
  std::string allocations;
  friend bool operator==(const Holdings&, const Holdings&) = default;
  friend void PrintTo(const Holdings& h, std::ostream* out) {
    *out << "postmaster " << h.postmaster_files << " files, session " << h.session_files
         << " files, " << h.segments << " segments, shared memory " << h.allocations;
  }
};

class LeakTest : public ::testing::Test {
 protected:
  Holdings holdings() {
    return {open_files(target_.postmaster_pid(), target_.data_dir()),
            open_files(sql_.backend_pid(), target_.data_dir()),
            entries(fs::path(target_.data_dir()) / "pg_dynshmem"),
            sql_.value("SELECT string_agg(name || ' ' || allocated_size, ', ' ORDER BY name)"
                       " FROM pg_shmem_allocations WHERE name LIKE 'pgclone%'")};
  }

  void run_jobs(int count) {
    for (int i = 0; i < count; ++i) {
      const std::string job = sql_.value(call_ + "_async(" + arguments_);
      ASSERT_EQ(sql_.value("SELECT pgclone.wait(" + job + ", '60 s')"), "completed");
      sql_.exec("DROP TABLE t");
    }
    wait_until(sql_,
               "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
               " AND backend_type NOT IN ('client backend', 'parallel worker')");
  }

  void run_calls(int count) {
    for (int i = 0; i < count; ++i) {
      sql_.exec(call_ + "(" + arguments_);
      sql_.exec("DROP TABLE t");
    }
  }

  // Segments as files, so that they can be counted for this server alone.
  Cluster target_{{"shared_preload_libraries = 'pgclone'", "dynamic_shared_memory_type = mmap",
                   "pgclone.max_jobs = 8", "autovacuum = off"}};
  Sql sql_{target_.conninfo()};
  Sql source_{source_server().conninfo()};
  std::string call_ = "SELECT pgclone.table";
  std::string arguments_ = sql::literal(source_server().conninfo()) + ", 'public', 't')";

  void SetUp() override {
    source_.exec("DROP TABLE IF EXISTS t; CREATE TABLE t AS SELECT 1 AS a");
    sql_.exec("CREATE EXTENSION pgclone");
  }
};

TEST_F(LeakTest, AThousandJobs) {
  run_jobs(20);
  const Holdings before = holdings();
  run_jobs(1000);
  EXPECT_EQ(holdings(), before);
  EXPECT_EQ(sql_.value("SELECT count(*) FROM pgclone.jobs_view WHERE status = 'completed'"),
            "1020");
  EXPECT_EQ(sql_.value("SELECT pgclone.clear_jobs()"), "1020");
  EXPECT_EQ(sql_.value("SELECT count(*) FROM pgclone.jobs_view"), "0");
}

TEST_F(LeakTest, FailedAndCancelledJobs) {
  const auto fail = [this](int count) {
    for (int i = 0; i < count; ++i) {
      const std::string job = sql_.value(
          call_ + "_async(" + sql::literal(source_server().conninfo()) + ", 'public', 'missing')");
      ASSERT_EQ(sql_.value("SELECT pgclone.wait(" + job + ", '60 s')"), "failed");
    }
    wait_until(sql_,
               "SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database()"
               " AND backend_type NOT IN ('client backend', 'parallel worker')");
  };
  fail(20);
  const Holdings before = holdings();
  fail(100);
  EXPECT_EQ(holdings(), before);
}

TEST_F(LeakTest, ManySynchronousCalls) {
  run_calls(20);
  const Holdings before = holdings();
  const std::string memory = sql_.value("SELECT sum(used_bytes) FROM pg_backend_memory_contexts");
  run_calls(300);
  EXPECT_EQ(holdings(), before);
  const std::string after = sql_.value("SELECT sum(used_bytes) FROM pg_backend_memory_contexts");
  EXPECT_LT(std::stol(after), std::stol(memory) + 2'000'000);
}

TEST_F(LeakTest, FailingSynchronousCalls) {
  const auto fail = [this](int count) {
    for (int i = 0; i < count; ++i) {
      sql_.expect_error(call_ + "(" + sql::literal(source_server().conninfo()) +
                        ", 'public', 't', options => '{\"where\": \"1/0 = 1\"}')");
    }
  };
  fail(20);
  const Holdings before = holdings();
  fail(200);
  EXPECT_EQ(holdings(), before);
  wait_until(source_,
             "SELECT count(*) = 0 FROM pg_stat_activity WHERE application_name LIKE"
             " 'pgclone%'");
}

}  // namespace
}  // namespace pgclone::integration
