// A caller who is no superuser connects as himself: neither with files nor with the identity of the
// account that the target's server runs as.
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <memory>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

struct Option {
  const char* keyword;
  const char* value;
  const char* sqlstate;
  const char* detail;
};

constexpr const char* kCertificate =
    "It names a certificate or key of the server's own account: the source would let that account "
    "in, not you.";
constexpr const char* kFile =
    "It names a file, which would be used with the rights of the server's own account.";
constexpr const char* kService =
    "It takes settings from a file that is read with the rights of the server's own account.";
constexpr const char* kKerberos = "It would use the Kerberos identity of the server's own account.";
constexpr const char* kHint =
    "Connect with user and password alone, or have a superuser put the option into a foreign "
    "server "
    "of his own, and name that server.";

constexpr Option kRefused[] = {
    {"sslkey", "/nowhere", "42501", kCertificate},  {"sslcert", "/nowhere", "42501", kCertificate},
    {"sslpassword", "x", "42501", kCertificate},    {"sslrootcert", "/nowhere", "42501", kFile},
    {"sslcrl", "/nowhere", "42501", kFile},         {"sslcrldir", "/nowhere", "42501", kFile},
    {"passfile", "/nowhere", "2F003", kFile},       {"service", "nothing", "42501", kService},
    {"krbsrvname", "postgres", "42501", kKerberos}, {"gsslib", "gssapi", "42501", kKerberos},
    {"gssencmode", "prefer", "42501", kKerberos},   {"gssencmode", "require", "42501", kKerberos}};

// Role app has all rights on the target, and a password that the source asks for.
class ConnectionRights : public CloneTest {
 protected:
  void SetUp() override {
    CloneTest::SetUp();
    static const bool prepared = [] {
      for (Cluster* cluster : {&source_server(), &target_server()}) {
        Sql(cluster->conninfo()).exec("CREATE ROLE app LOGIN PASSWORD 'secret'");
      }
      source_server().append_hba_first("host all app 127.0.0.1/32 scram-sha-256");
      source_server().reload();
      return true;
    }();
    ASSERT_TRUE(prepared);
    source_.exec("CREATE TABLE t AS SELECT 1 AS id; GRANT SELECT ON t TO app");
    target_.exec(
        "GRANT USAGE ON SCHEMA pgclone TO app; GRANT CREATE ON SCHEMA public TO app;"
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO app; CREATE EXTENSION postgres_fdw;"
        "GRANT USAGE ON FOREIGN DATA WRAPPER postgres_fdw TO app;"
        "CREATE FOREIGN DATA WRAPPER anything; GRANT USAGE ON FOREIGN DATA WRAPPER anything TO "
        "app");
    app_ = std::make_unique<Sql>(target_server().tcp_conninfo(target_db_.name(), "app"));
  }

  [[nodiscard]] std::string app_source() const {
    return source_server().tcp_conninfo(source_db_.name(), "app", "secret");
  }

  static void expect_refused(const SqlReport& report, const Option& option,
                             const std::string& where = {}) {
    const std::string what = std::string(option.keyword) + "=" + option.value + where;
    EXPECT_EQ(report.sqlstate, option.sqlstate) << what;
    EXPECT_EQ(report.message, "connection option \"" + std::string(option.keyword) + "\"" + where +
                                  " is for superusers only");
    EXPECT_EQ(report.detail, option.detail) << what;
    EXPECT_EQ(report.hint, kHint) << what;
  }

  static std::string clone_from(const std::string& source) {
    return call("table", sql::literal(source) + ", 'public', 't'");
  }

  void expect_clone(Sql& caller, const std::string& source) {
    EXPECT_NO_THROW(caller.exec(clone_from(source))) << source;
    EXPECT_EQ(target_.value("SELECT count(*) FROM t"), "1");
    target_.exec("DROP TABLE t");
  }

  // CREATE SERVER here … OPTIONS for a wrapper, by a role, with one more option.
  std::string server(const char* wrapper, const std::string& more = {}) const {
    return std::string("CREATE SERVER here FOREIGN DATA WRAPPER ") + wrapper +
           " OPTIONS (host '127.0.0.1', port '" + std::to_string(source_server().port()) +
           "', dbname " + sql::literal(source_db_.name()) + more + ")";
  }
  static std::string with(const Option& option) {
    return std::string(", ") + option.keyword + " " + sql::literal(option.value);
  }
  static constexpr const char* kMapping = "OPTIONS (user 'app', password 'secret'";

  std::unique_ptr<Sql> app_;
};

TEST_F(ConnectionRights, OptionsOfTheAccountAreRefusedByTheirNames) {
  for (const Option& option : kRefused) {
    const std::string pair = std::string(option.keyword) + "=" + option.value;
    expect_refused(app_->expect_error(clone_from(app_source() + " " + pair)), option);
    expect_refused(app_->expect_error(clone_from("postgresql://app:secret@127.0.0.1:" +
                                                 std::to_string(source_server().port()) + "/" +
                                                 source_db_.name() + "?" + pair)),
                   option);
    // Nor without a password, which would be the next thing to miss.
    expect_refused(app_->expect_error(clone_from("dbname=x " + pair)), option);
  }
  expect_no_backends();
}

TEST_F(ConnectionRights, EveryFunctionRefusesThem) {
  const Option& option = kRefused[0];
  const std::string source = sql::literal(app_source() + " sslkey=/nowhere");
  for (const std::string& statement :
       {call("table", source + ", 'public', 't'"), call("schema", source + ", 'public'"),
        call("table_async", source + ", 'public', 't'"),
        call("schema_async", source + ", 'public'"),
        call("submit", "'table', " + source + R"(, '{"schema": "public", "table": "t"}')")}) {
    expect_refused(app_->expect_error(statement), option);
  }
  EXPECT_EQ(target_.value("SELECT count(*) FROM pgclone.job"), "0");
  const int failed = std::stoi(
      app_->value(call("table_async", sql::literal(app_source()) + ", 'public', 'missing'")));
  EXPECT_EQ(wait(failed), "failed");
  expect_refused(app_->expect_error(call("resume", std::to_string(failed) + ", " + source)),
                 option);
}

TEST_F(ConnectionRights, ASuperuserMayUseThem) {
  for (const Option& option : kRefused) {
    const std::string keyword = option.keyword;
    // What would need more than this machine has.
    if (keyword == "service" || std::string(option.value) == "require") continue;
    const std::string source = app_source() + " sslmode=disable " + keyword + "=" + option.value;
    expect_clone(target_, source);
  }
}

TEST_F(ConnectionRights, WhatConcernsTheCallerAloneStaysAllowed) {
  for (const char* more :
       {"", " sslmode=prefer", " connect_timeout=3 keepalives=0 tcp_user_timeout=1000",
        " application_name=mine options='-c geqo=off'", " gssencmode=disable",
        " channel_binding=disable target_session_attrs=any", " requirepeer=nobody",
        " hostaddr=127.0.0.1 sslmode=disable sslsni=0 ssl_min_protocol_version=TLSv1.2"}) {
    expect_clone(*app_, app_source() + more);
  }
}

// Its owner says what a server's options are, and so whose files they may name.
TEST_F(ConnectionRights, ASuperusersServerMayNameThem) {
  for (const Option& option : kRefused) {
    const std::string keyword = option.keyword;
    if (keyword == "service" || std::string(option.value) == "require") continue;
    for (const char* wrapper : {"postgres_fdw", "anything"}) {
      if (std::string(wrapper) == "postgres_fdw" && keyword == "sslpassword") continue;
      target_.exec(server(wrapper, with(option) + ", sslmode 'disable'") +
                   "; GRANT USAGE ON FOREIGN SERVER here TO app");
      app_->exec(std::string("CREATE USER MAPPING FOR app SERVER here ") + kMapping + ")");
      expect_clone(*app_, "here");
      target_.exec("DROP SERVER here CASCADE");
    }
  }
}

TEST_F(ConnectionRights, AServerOfHisOwnMayNot) {
  for (const Option& option : kRefused) {
    if (std::string(option.keyword) == "sslpassword") continue;  // belongs to mappings
    app_->exec(server("postgres_fdw", with(option)));
    app_->exec(std::string("CREATE USER MAPPING FOR app SERVER here ") + kMapping + ")");
    expect_refused(app_->expect_error(clone_from("here")), option, " of server \"here\"");
    app_->exec("DROP SERVER here CASCADE");
  }
}

TEST_F(ConnectionRights, NorMayAMappingOfHisOwn) {
  target_.exec(server("anything") + "; GRANT USAGE ON FOREIGN SERVER here TO app");
  for (const Option& option : kRefused) {
    if (std::string(option.keyword) == "sslpassword") continue;  // opens no key but a superuser's
    app_->exec(std::string("CREATE USER MAPPING FOR app SERVER here ") + kMapping + with(option) +
               ")");
    expect_refused(app_->expect_error(clone_from("here")), option,
                   " of the user mapping for server \"here\"");
    app_->exec("DROP USER MAPPING FOR app SERVER here");
  }
  // The one for everybody is the server's owner's.
  target_.exec(std::string("CREATE USER MAPPING FOR PUBLIC SERVER here ") + kMapping +
               ", sslkey '/nowhere', sslmode 'disable')");
  expect_clone(*app_, "here");
}

TEST_F(ConnectionRights, WhatASuperuserPutIntoAMappingHolds) {
  target_.exec(server("postgres_fdw") +
               "; GRANT USAGE ON FOREIGN SERVER here TO app; CREATE USER MAPPING FOR app SERVER"
               " here " +
               kMapping + ", sslcert '/nowhere', sslkey '/nowhere')");
  expect_clone(*app_, "here");
  // By trust, without a password.
  target_.exec(
      "ALTER USER MAPPING FOR app SERVER here OPTIONS (SET user 'postgres',"
      " DROP password)");
  EXPECT_EQ(app_->expect_error(clone_from("here")).sqlstate, "2F003");
  target_.exec("ALTER USER MAPPING FOR app SERVER here OPTIONS (ADD password_required 'true')");
  EXPECT_EQ(app_->expect_error(clone_from("here")).sqlstate, "2F003");
  target_.exec("ALTER USER MAPPING FOR app SERVER here OPTIONS (SET password_required 'false')");
  expect_clone(*app_, "here");
  const int job = std::stoi(app_->value(call("table_async", "'here', 'public', 't'")));
  expect_completed(job);
  // What another wrapper calls so is not a superuser's word.
  target_.exec("DROP SERVER here CASCADE; " + server("anything") +
               "; GRANT USAGE ON FOREIGN SERVER here TO app");
  app_->exec(
      "CREATE USER MAPPING FOR app SERVER here OPTIONS (user 'postgres',"
      " password_required 'false')");
  EXPECT_EQ(app_->expect_error(clone_from("here")).sqlstate, "2F003");
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
  EXPECT_EQ(chmod(path.c_str(), 0600), 0);
  test::give_to_server_user(path);
}

// A source that asks for a certificate as well, and a target whose environment has one, and more.
class AccountEnvironment : public ::testing::Test {
 protected:
  AccountEnvironment() {
    const std::string folder = source_.data_dir();
    test::check_process({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                         "-subj", "/CN=account", "-keyout", folder + "/server.key", "-out",
                         folder + "/server.crt"});
    for (const char* file : {"/server.key", "/server.crt"}) {
      EXPECT_EQ(chmod((folder + file).c_str(), 0600), 0);
      test::give_to_server_user(folder + file);
    }
    Sql source(source_.conninfo());
    source.exec(
        "CREATE ROLE app LOGIN PASSWORD 'secret'; CREATE ROLE certified LOGIN PASSWORD 'secret';"
        "CREATE TABLE t AS SELECT 1 AS id; GRANT SELECT ON t TO PUBLIC");
    source_.append_conf("ssl = on");
    source_.append_conf("ssl_ca_file = 'server.crt'");
    source_.append_hba_first(
        "hostssl all certified 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n"
        "host all app 127.0.0.1/32 scram-sha-256");
    source_.reload();
    start_target();
  }

  void start_target() {
    const std::string folder = source_.data_dir();
    const std::string port = std::to_string(source_.port());
    write_file(folder + "/services", "[account]\nhost=127.0.0.1\nport=" + port +
                                         "\ndbname=postgres\nuser=app\npassword=secret\n");
    write_file(folder + "/passwords", "*:*:*:*:secret\n");
    const std::pair<const char*, std::string> environment[] = {
        {"PGSSLCERT", folder + "/server.crt"},
        {"PGSSLKEY", folder + "/server.key"},
        {"PGSERVICEFILE", folder + "/services"},
        {"PGSERVICE", "account"},
        {"PGPASSFILE", folder + "/passwords"}};
    for (const auto& [name, value] : environment) setenv(name, value.c_str(), 1);
    target_ =
        std::make_unique<Cluster>(std::vector<std::string>{"shared_preload_libraries = 'pgclone'"});
    for (const auto& [name, value] : environment) unsetenv(name);
    super_ = std::make_unique<Sql>(target_->conninfo());
    super_->exec(
        "CREATE EXTENSION pgclone; CREATE ROLE app LOGIN; GRANT USAGE ON SCHEMA pgclone TO app;"
        "GRANT CREATE ON SCHEMA public TO app;"
        "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA pgclone TO app");
    app_ = std::make_unique<Sql>(target_->tcp_conninfo("postgres", "app"));
  }

  static std::string clone(const std::string& source, const std::string& function = "table") {
    return "SELECT pgclone." + function + "(" + sql::literal(source) + ", 'public', 't')";
  }

  Cluster source_;
  std::unique_ptr<Cluster> target_;
  std::unique_ptr<Sql> super_;
  std::unique_ptr<Sql> app_;
};

TEST_F(AccountEnvironment, IsForSuperusersAlone) {
  const std::string certified =
      source_.tcp_conninfo("postgres", "certified", "secret") + " sslmode=require";
  // A certificate from the environment; password, service file and password file.
  for (const std::string& source :
       {certified, std::string("application_name=x"), source_.tcp_conninfo("postgres", "app")}) {
    EXPECT_NO_THROW(super_->exec(clone(source) + "; DROP TABLE t")) << source;
  }
  EXPECT_NO_THROW(app_->exec(clone(source_.tcp_conninfo("postgres", "app", "secret"))));
  super_->exec("DROP TABLE t");

  const SqlReport no_certificate = app_->expect_error(clone(certified));
  EXPECT_EQ(no_certificate.sqlstate, "08001");
  EXPECT_THAT(no_certificate.detail, HasSubstr("connection requires a valid client certificate"));
  const SqlReport no_service = app_->expect_error(clone("password=secret"));
  EXPECT_EQ(no_service.sqlstate, "08001");
  EXPECT_THAT(no_service.detail, Not(HasSubstr("127.0.0.1")));
  for (const std::string& source :
       {std::string("application_name=x"), source_.tcp_conninfo("postgres", "app")}) {
    EXPECT_EQ(app_->expect_error(clone(source)).sqlstate, "2F003") << source;
  }
  // In a job, too: its coordinator has the server's environment.
  const std::string job = app_->value(clone(certified, "table_async"));
  EXPECT_EQ(app_->value("SELECT pgclone.wait(" + job + ")"), "failed");
  EXPECT_THAT(super_->value("SELECT error_detail FROM pgclone.job"),
              HasSubstr("connection requires a valid client certificate"));
  // And it is there again for what comes next.
  EXPECT_NO_THROW(super_->exec(clone(certified)));
}

}  // namespace
}  // namespace pgclone::integration
