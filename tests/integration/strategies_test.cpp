// Strategies are found by name, can be absent, disabled or broken, and then say so by name.
#include <unistd.h>

#include <fstream>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

namespace fs = std::filesystem;

// Moves a plugin's file out of sight; back in the destructor.
class Away {
 public:
  explicit Away(fs::path file) : file_(std::move(file)) { move(file_, hidden()); }
  ~Away() { move(hidden(), file_); }
  Away(const Away&) = delete;
  Away& operator=(const Away&) = delete;

 private:
  [[nodiscard]] fs::path hidden() const { return file_.string() + ".away"; }
  // The folder is the administrator's.
  static void move(const fs::path& from, const fs::path& to) {
    std::vector<std::string> argv = {"mv", from, to};
    if (access(from.parent_path().c_str(), W_OK) != 0) argv.insert(argv.begin(), {"sudo", "-n"});
    test::check_process(argv);
  }
  fs::path file_;
};

class StrategiesTest : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    source_.exec(
        "CREATE SCHEMA s; CREATE TABLE s.t AS SELECT 1 AS a;"
        "CREATE FUNCTION s.f() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    target_.exec("CREATE SCHEMA s");
  }

  fs::path plugin(const std::string& name) {
    return fs::path(target_.value("SELECT setting FROM pg_config WHERE name = 'PKGLIBDIR'")) /
           "pgclone" / (name + ".so");
  }

  void configure(const std::string& line) {
    target_server().append_conf(line);
    target_server().reload();
  }

  // A session that hasn't loaded any plugin yet.
  SqlReport refused(const std::string& function, const std::string& arguments) {
    Sql fresh = target_db_.connect();
    return fresh.expect_error(statement(Mode::sync, function, arguments));
  }

  void works(const std::string& function, const std::string& arguments) {
    Sql fresh = target_db_.connect();
    EXPECT_NO_THROW(fresh.exec(statement(Mode::sync, function, arguments)));
  }

  Rows listed(const std::string& condition) {
    Sql fresh = target_db_.connect();
    return fresh.rows("SELECT kind, id FROM pgclone.strategies WHERE " + condition +
                      " ORDER BY kind, id");
  }
};

const Rows kAll = {{"clone", "schema"},      {"clone", "table"},      {"conflict", "error"},
                   {"conflict", "rename"},   {"conflict", "replace"}, {"conflict", "skip"},
                   {"snapshot", "exported"}, {"snapshot", "none"}};

TEST_F(StrategiesTest, AllAreListedAndEnabled) {
  EXPECT_EQ(listed("enabled AND error IS NULL AND version <> '' AND summary <> ''"), kAll);
  EXPECT_EQ(listed("true"), kAll);
  EXPECT_EQ(target_.value("SELECT file FROM pgclone.strategies WHERE id = 'rename'"),
            plugin("conflict").string());
}

TEST_F(StrategiesTest, WithoutTheTablePlugin) {
  const Away away(plugin("table"));
  const SqlReport report = refused("table", "'s', 't'");
  EXPECT_EQ(report.sqlstate, "42704");
  EXPECT_THAT(report.message, HasSubstr("\"table\""));
  EXPECT_NE(report.hint, "");
  EXPECT_EQ(listed("enabled AND error IS NULL").size(), kAll.size() - 1);
}

TEST_F(StrategiesTest, WithoutTheSchemaPlugin) {
  const Away away(plugin("schema"));
  const SqlReport report = refused("schema", "'s'");
  EXPECT_EQ(report.sqlstate, "42704");
  EXPECT_THAT(report.message, HasSubstr("\"schema\""));
  EXPECT_NE(report.hint, "");
  works("table", "'s', 't'");
  EXPECT_EQ(target_.value("SELECT a FROM s.t"), "1");
}

TEST_F(StrategiesTest, WithoutTheConflictPlugin) {
  const Away away(plugin("conflict"));
  const SqlReport report = refused("table", R"('s', 't', options => '{"conflict": "rename"}')");
  EXPECT_EQ(report.sqlstate, "42704");
  EXPECT_THAT(report.message, HasSubstr("\"rename\""));
  EXPECT_NE(report.hint, "");
  EXPECT_EQ(listed("enabled AND error IS NULL").size(), kAll.size() - 4);
}

TEST_F(StrategiesTest, WithoutTheSnapshotPlugin) {
  const Away away(plugin("snapshot"));
  const SqlReport report = refused("table", "'s', 't'");
  EXPECT_EQ(report.sqlstate, "42704");
  EXPECT_THAT(report.message, HasSubstr("\"exported\""));
  EXPECT_NE(report.hint, "");
}

TEST_F(StrategiesTest, ADisabledOneNamesTheSettingAfterAReload) {
  target_.exec("CREATE TABLE s.t AS SELECT 2 AS a");
  Sql session = target_db_.connect();
  const std::string rename =
      statement(Mode::sync, "table", R"('s', 't', options => '{"conflict": "rename"}')");
  session.exec(rename);
  configure("pgclone.strategies = 'table, schema, snapshot, error, skip, replace'");
  // The same session, which has the plugin loaded.
  wait_until(session, "SELECT current_setting('pgclone.strategies') <> '*'");
  for (const std::string& statement :
       {rename, this->statement(Mode::async, "table",
                                R"('s', 't', options => '{"conflict": "rename"}')")}) {
    const SqlReport report = session.expect_error(statement);
    EXPECT_EQ(report.sqlstate, "55000") << report.message;
    EXPECT_THAT(report.message, HasSubstr("\"rename\""));
    EXPECT_THAT(report.hint, HasSubstr("pgclone.strategies"));
  }
  EXPECT_EQ(listed("NOT enabled"), (Rows{{"conflict", "rename"}}));
  works("table", R"('s', 't', options => '{"conflict": "replace"}')");
  configure("pgclone.strategies = '*'");
  works("table", R"('s', 't', options => '{"conflict": "rename"}')");
}

TEST_F(StrategiesTest, ABrokenPluginIsVisibleAndHarmless) {
  const fs::path folder = fs::path(target_server().socket_dir()) / "plugins";
  fs::create_directory(folder);
  std::ofstream(folder / "broken.so") << "this is no library";
  test::give_to_server_user(folder);
  test::give_to_server_user(folder / "broken.so");
  configure("pgclone.plugin_directory = '" + folder.string() + "'");
  Sql fresh = target_db_.connect();
  EXPECT_EQ(fresh.rows("SELECT plugin, file, error <> '', enabled FROM pgclone.strategies"
                       " WHERE error IS NOT NULL"),
            (Rows{{"broken", (folder / "broken.so").string(), "t", "f"}}));
  works("table", "'s', 't'");
  expect_completed(submit("table", "'s', 't', true, 't2'"));
  configure("pgclone.plugin_directory = ''");
  EXPECT_EQ(listed("true"), kAll);
}

TEST_F(StrategiesTest, AnUnknownNameIsAnErrorThatSuggests) {
  const SqlReport report = refused("table", R"('s', 't', options => '{"conflict": "renam"}')");
  EXPECT_EQ(report.sqlstate, "42704");
  EXPECT_THAT(report.message, HasSubstr("renam"));
  EXPECT_NE(report.hint, "");
}

}  // namespace
}  // namespace pgclone::integration
