// Base backups that begin while pages are between the WAL and the file.
#include <filesystem>
#include <fstream>

#include "pages_fixture.hpp"

namespace pgclone::test {
namespace {

namespace fs = std::filesystem;

// A session that loads a table, and stops on the way.
class StoppedLoad {
 public:
  StoppedLoad(const TempDatabase& database, const std::string& table)
      : sql_(database.connect()), file_(database.cluster().socket_dir() + "/stop-" + table) {}
  ~StoppedLoad() {
    while (!calls_.empty()) go_on();
  }
  StoppedLoad(const StoppedLoad&) = delete;
  StoppedLoad& operator=(const StoppedLoad&) = delete;

  void stop_at(const std::string& call, int which) {
    sql_.exec("SELECT public.b_pause('" + call + "', " + std::to_string(which) + ", '" +
              file_.string() + "." + call + "')");
    std::ofstream(file_.string() + "." + call);
    calls_.push_back(call);
  }
  void run(const std::string& statements) { sql_.send(statements); }
  [[nodiscard]] const Sql& session() const { return sql_; }
  // To the next stop, or to the end.
  void go_on() {
    fs::remove(file_.string() + "." + calls_.front());
    calls_.erase(calls_.begin());
  }
  void finish() { sql_.finish(); }

 private:
  Sql sql_;
  fs::path file_;
  std::vector<std::string> calls_;
};

// Its files; the WAL is taken later.
std::string take_backup(const Cluster& cluster) {
  const std::string folder = cluster.socket_dir() + "/backup";
  cluster.run_tool({"pg_basebackup", "-D", folder, "-c", "fast", "-X", "none", "--no-sync"});
  return folder;
}

// Runs `check` on a server that has started from the backup with all WAL of the cluster until now,
// in the cluster's place.
template <typename Check>
void start_backup(Cluster& cluster, const std::string& folder, const Check& check) {
  cluster.stop(StopMode::immediate);
  fs::remove_all(folder + "/pg_wal");
  check_process({"cp", "-a", cluster.data_dir() + "/pg_wal", folder + "/pg_wal"});
  check_process({"chown", "-R", "--reference=" + cluster.data_dir(), folder});
  const std::string original = cluster.socket_dir() + "/original";
  fs::rename(cluster.data_dir(), original);
  fs::rename(folder, cluster.data_dir());
  cluster.start();
  check();
  cluster.stop(StopMode::immediate);
  fs::remove_all(cluster.data_dir());
  fs::rename(original, cluster.data_dir());
  cluster.start();
}

using BackupTest = FrozenPagesTest;

// The backup's WAL begins behind that of the pages, and its files are copied before they are
// written: with no page of the load, with some, and after a checkpoint that came before the backup.
TEST_F(BackupTest, HasTheRowsOfALoadThatItBeganIn) {
  sql_.exec(
      "CREATE TABLE public.early (LIKE public.plain); CREATE TABLE public.late (LIKE public.plain);"
      "CREATE TABLE public.again (LIKE public.plain)");
  const std::string expected = sql_.value(checksum("plain"));
  StoppedLoad early(database_, "early");
  StoppedLoad late(database_, "late");
  StoppedLoad frozen(database_, "frozen");
  StoppedLoad again(database_, "again");
  early.stop_at("smgrextend", 1);
  late.stop_at("smgrextend", 100);
  frozen.stop_at("smgrextend", 50);
  again.stop_at("smgrextend", 50);
  again.stop_at("log_newpage_range", 1);
  early.run(PagesTest::load("early"));
  late.run(PagesTest::load("late"));
  frozen.run("BEGIN; CREATE TABLE public.frozen (LIKE public.plain); " + load("frozen") +
             "; COMMIT");
  again.run(PagesTest::load("again"));
  for (const StoppedLoad* one : {&early, &late, &frozen, &again})
    wait_for_pause(one->session(), "smgrextend");
  sql_.exec("CHECKPOINT");
  again.go_on();
  wait_for_pause(again.session(), "log_newpage_range");
  const std::string folder = take_backup(target_cluster());
  for (StoppedLoad* one : {&early, &late, &frozen, &again}) {
    one->go_on();
    one->finish();
  }
  start_backup(target_cluster(), folder, [&] {
    Sql copy = database_.connect();
    for (const char* const table : {"early", "late", "again"}) {
      EXPECT_EQ(copy.value(checksum(table)), expected) << table;
      EXPECT_THAT(damages(copy, table), IsEmpty()) << table;
    }
    expect_frozen(copy, "frozen");
  });
}

}  // namespace
}  // namespace pgclone::test
