// Connecting over LibpqSession: failures, passwords, timeouts, descriptors.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <resolv.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include "pq/libpq_session.hpp"
#include "support/error_of.hpp"
#include "support/poll_waiter.hpp"
#include "support/temp_database.hpp"

namespace pgclone::pq {
namespace {

using test::error_of;
using test::PollWaiter;
using test::source_cluster;
using test::Sql;
using testing::HasSubstr;
using testing::Not;
using namespace std::chrono_literals;

constexpr std::string_view kPassword = "hunter2 'secret'";

class LibpqConnectTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    Sql admin(source_cluster().conninfo());
    admin.exec("CREATE ROLE asked LOGIN PASSWORD 'hunter2 ''secret'''");
    admin.exec("CREATE ROLE trusted LOGIN PASSWORD 'hunter2 ''secret'''");
    source_cluster().append_hba_first("host all asked 127.0.0.1/32 scram-sha-256");
    source_cluster().reload();
  }

  std::unique_ptr<LibpqSession> connect(const std::string& conninfo,
                                        bool require_password = false) {
    ConnectOptions options;
    options.require_password = require_password;
    return LibpqSession::connect(ConnInfo::parse(conninfo), options, waiter);
  }
  static std::string as(std::string_view user, std::string_view password = {}) {
    return source_cluster().tcp_conninfo("postgres", user, password);
  }
  // What every failure to connect looks like.
  void expect_unable(const Error& error, const std::string& detail) {
    EXPECT_EQ(error.sqlstate(), "08001");
    EXPECT_THAT(error.message(), testing::StartsWith("could not connect to the source \""));
    EXPECT_THAT(error.detail(), HasSubstr(detail));
    EXPECT_THAT(error.hint(), HasSubstr("pg_hba.conf"));
    EXPECT_EQ(error.origin(), Origin::source);
    EXPECT_EQ(waiter.reserved(), 0);
    for (const std::string& text : {error.message(), error.detail(), error.hint()}) {
      EXPECT_THAT(text, Not(HasSubstr("hunter2")));
      EXPECT_THAT(text, Not(testing::EndsWith("\n")));
    }
  }

  PollWaiter waiter;
};

// A listener that accepts (in its backlog) and never says a word.
class SilentServer {
 public:
  SilentServer() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (bind(socket_, generic, length) != 0 || listen(socket_, 5) != 0 ||
        getsockname(socket_, generic, &length) != 0) {
      throw std::system_error(errno, std::generic_category(), "listen");
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(socket_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;
  [[nodiscard]] int port() const { return port_; }
  // A port where nobody listens: ours, closed.
  int close_and_give_port() {
    shutdown(socket_, SHUT_RDWR);
    return port_;
  }

 private:
  int socket_;
  int port_ = 0;
};

TEST_F(LibpqConnectTest, ConnectsThroughSocketAndTcp) {
  EXPECT_TRUE(connect(source_cluster().conninfo())->alive());
  {
    auto session = connect(as("asked", kPassword));
    EXPECT_EQ(session->query("SELECT current_user").text(0, 0), "asked");
    EXPECT_EQ(waiter.reserved(), 1);
  }
  EXPECT_EQ(waiter.reserved(), 0);
}

TEST_F(LibpqConnectTest, RefusedConnection) {
  SilentServer gone;
  const std::string port = std::to_string(gone.close_and_give_port());
  const Error error =
      error_of([&] { connect("host=127.0.0.1 port=" + port + " dbname=shop password=hunter2"); });
  expect_unable(error, "Connection refused");
  EXPECT_EQ(error.message(),
            "could not connect to the source \"host=127.0.0.1 port=" + port + " dbname=shop\"");
}

TEST_F(LibpqConnectTest, UnknownHostSocketDatabaseAndRole) {
  expect_unable(error_of([&] { connect("host=no-such-host.invalid dbname=d"); }),
                "no-such-host.invalid");
  expect_unable(error_of([&] { connect("host=/nonexistent dbname=d"); }), "No such file");
  expect_unable(error_of([&] { connect(source_cluster().conninfo("no such \"db\"")); }),
                "database \"no such \"db\"\" does not exist");
  expect_unable(error_of([&] { connect(as("nobody")); }), "role \"nobody\" does not exist");
}

TEST_F(LibpqConnectTest, WrongOrMissingPassword) {
  expect_unable(error_of([&] { connect(as("asked", "hunter2 wrong")); }),
                "password authentication failed for user \"asked\"");
  expect_unable(error_of([&] { connect(as("asked")); }), "no password supplied");
}

TEST_F(LibpqConnectTest, SecretsAreCutOutOfLibpqsMessages) {
  expect_unable(error_of([&] { connect("host=h sslmode=hunter2 password=hunter2"); }),
                "invalid sslmode value: \"***\"");
}

TEST_F(LibpqConnectTest, RequirePasswordNeedsOneInTheConnectionString) {
  for (const std::string& conninfo : {as("trusted"), as("asked"), as("asked") + " password=''"}) {
    // Neither the environment nor a password file of the server's own user may help out.
    setenv("PGPASSWORD", std::string(kPassword).c_str(), 1);
    const Error error = error_of([&] { connect(conninfo, true); });
    unsetenv("PGPASSWORD");
    EXPECT_EQ(error.sqlstate(), "2F003");
    EXPECT_EQ(error.message(), "a password is required");
    EXPECT_THAT(error.detail(), HasSubstr("Only a superuser"));
    EXPECT_THAT(error.hint(), HasSubstr("password="));
    EXPECT_EQ(waiter.waits(), 0) << "nothing may be sent before";
  }
}

TEST_F(LibpqConnectTest, RequirePasswordNeedsTheServerToAsk) {
  const Error error = error_of([&] { connect(as("trusted", kPassword), true); });
  EXPECT_EQ(error.sqlstate(), "2F003");
  EXPECT_THAT(error.detail(), HasSubstr("was not used"));
  EXPECT_THAT(error.hint(), HasSubstr("pg_hba.conf"));
  EXPECT_EQ(waiter.reserved(), 0);
  EXPECT_TRUE(connect(as("asked", kPassword), true)->alive());
  EXPECT_TRUE(connect(as("trusted", kPassword))->alive());
}

TEST_F(LibpqConnectTest, ConnectTimeoutIsHonoured) {
  const SilentServer silent;
  const auto start = std::chrono::steady_clock::now();
  const Error error = error_of(
      [&] { connect("host=127.0.0.1 connect_timeout=2 port=" + std::to_string(silent.port())); });
  const auto elapsed = std::chrono::steady_clock::now() - start;
  expect_unable(error, "did not answer within 2 s");
  EXPECT_GE(elapsed, 2s);
  EXPECT_LT(elapsed, 4s);
}

TEST_F(LibpqConnectTest, ConnectTimeoutMustBeANumber) {
  const Error error = error_of([&] { connect("host=127.0.0.1 connect_timeout=soon"); });
  EXPECT_EQ(error.sqlstate(), "22023");
  EXPECT_EQ(waiter.reserved(), 0);
}

TEST_F(LibpqConnectTest, CancelEndsConnecting) {
  const SilentServer silent;
  std::thread canceller;
  waiter.on_wait([&] {
    if (waiter.waits() == 2) canceller = std::thread([&] { waiter.cancel(); });
  });
  const Error error = error_of(
      [&] { connect("host=127.0.0.1 connect_timeout=0 port=" + std::to_string(silent.port())); });
  canceller.join();
  EXPECT_TRUE(error.is_cancel());
  EXPECT_EQ(waiter.reserved(), 0);
}

TEST_F(LibpqConnectTest, SecondHostIsTried) {
  SilentServer gone;
  const std::string port = std::to_string(gone.close_and_give_port());
  auto session = connect("host=127.0.0.1,127.0.0.1 user=postgres dbname=postgres port=" + port +
                         "," + std::to_string(source_cluster().port()));
  EXPECT_TRUE(session->alive());
}

TEST_F(LibpqConnectTest, TheUsersOwnSettingsAreKept) {
  auto session = connect(source_cluster().conninfo() + " application_name='my app'");
  EXPECT_EQ(session->query("SHOW application_name").text(0, 0), "my app");
  // …but not one that would change the rows.
  session = connect(source_cluster().conninfo() +
                    " client_encoding=LATIN1 options='-c search_path=public -c row_security=on'");
  session->begin(TransactionMode::repeatable_read_read_only);
  EXPECT_EQ(session->query("SHOW client_encoding").text(0, 0), "UTF8");
  EXPECT_EQ(session->query("SHOW search_path").text(0, 0), "pg_catalog, pg_temp");
  EXPECT_EQ(session->query("SHOW row_security").text(0, 0), "off");
  EXPECT_EQ(waiter.reserved(), 1);
}

TEST_F(LibpqConnectTest, UnknownEncodingIsAnError) {
  ConnectOptions options;
  options.client_encoding = "KLINGON";
  const auto conninfo = ConnInfo::parse(source_cluster().conninfo());
  expect_unable(error_of([&] { LibpqSession::connect(conninfo, options, waiter); }), "KLINGON");
}

// A name server that takes questions and answers none.
class SilentNameServer {
 public:
  SilentNameServer() : saved_((res_init(), _res)), socket_(socket(AF_INET, SOCK_DGRAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(bind(socket_, generic, size), 0);
    EXPECT_EQ(getsockname(socket_, generic, &size), 0);
    _res.nscount = 1;
    _res.nsaddr_list[0] = address;
    _res.dnsrch[0] = nullptr;
    _res.defdname[0] = '\0';
  }
  ~SilentNameServer() {
    close(socket_);
    // Frees what the lookups have kept there.
    res_nclose(&_res);
    _res = saved_;
  }
  SilentNameServer(const SilentNameServer&) = delete;
  SilentNameServer& operator=(const SilentNameServer&) = delete;

 private:
  struct __res_state saved_;
  int socket_;
};

TEST_F(LibpqConnectTest, ANameServerThatIsSilentCostsSecondsOnly) {
  const SilentNameServer names;
  const int timeout = _res.retrans;
  const int attempts = _res.retry;
  const auto begin = std::chrono::steady_clock::now();
  const Error error = error_of([&] { connect("host=source.example dbname=x"); });
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  expect_unable(error, "could not translate host name \"source.example\"");
  EXPECT_EQ(_res.retrans, timeout);
  EXPECT_EQ(_res.retry, attempts);
}

}  // namespace
}  // namespace pgclone::pq
