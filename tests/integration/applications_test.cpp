// Schemas of real applications, as their Debian packages ship them: fetched and unpacked, never
// installed. Skipped where no package can be fetched.
#include <cstdlib>
#include <optional>

#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

struct Application {
  const char* package;
  std::vector<const char*> files;  // in the package, in the order in which they are loaded
  const char* rows;                // for the tables that the package leaves empty
};

const std::vector<Application>& applications() {
  static const std::vector<Application> all = {
      {"kea-admin",
       {"usr/share/kea/scripts/pgsql/dhcpdb_create.pgsql"},
       R"(INSERT INTO lease4 (address, hwaddr, client_id, valid_lifetime, expire, subnet_id, hostname,
                              state, user_context)
            SELECT 3232235776 + i, decode(lpad(to_hex(i), 12, '0'), 'hex'), '\x00ff27', 3600,
                   '2030-01-01'::timestamptz + i * '1 min'::interval, 1 + i % 3, 'host-' || i || '.é',
                   i % 3, '{"tag": "ä"}' FROM generate_series(1, 300) i;
          INSERT INTO lease6 (address, duid, valid_lifetime, expire, subnet_id, lease_type, iaid,
                              prefix_len, state)
            SELECT '2001:db8::' || to_hex(i), '\x0001', 7200, 'infinity', 7, i % 3, i, 128, 0
              FROM generate_series(1, 50) i;
          INSERT INTO hosts (dhcp_identifier, dhcp_identifier_type, dhcp4_subnet_id, ipv4_address,
                             hostname) VALUES ('\x010203040506', 0, 1, 3232235800, 'printer');
          INSERT INTO ipv6_reservations (address, host_id) SELECT '2001:db8::9', host_id FROM hosts;
          SELECT set_session_value('kea.disable_audit', true);
          INSERT INTO dhcp4_subnet (subnet_id, subnet_prefix, modification_ts)
            VALUES (1, '192.168.1.0/24', '2024-02-29 12:00');
          INSERT INTO dhcp4_pool (start_address, end_address, subnet_id, modification_ts)
            VALUES ('192.168.1.10', '192.168.1.99', 1, '2024-02-29 12:00');)"},
      {"pdns-backend-pgsql",
       {"usr/share/pdns-backend-pgsql/schema/schema.pgsql.sql"},
       R"(INSERT INTO domains (name, type) SELECT 'zone-' || i || '.example', 'NATIVE'
            FROM generate_series(1, 40) i;
          INSERT INTO records (domain_id, name, type, content, ttl, prio)
            SELECT d.id, 'www' || i || '.' || d.name, 'TXT', repeat('"x\y" ', i), 3600, NULL
              FROM domains d, generate_series(1, 30) i;
          INSERT INTO supermasters VALUES ('2001:db8::1', 'ns.example', 'somebody');
          INSERT INTO comments (domain_id, name, type, modified_at, comment)
            VALUES (1, 'zone-1.example', 'SOA', 0, E'of\ttwo\nlines');)"},
      {"roundcube-core",
       {"usr/share/dbconfig-common/data/roundcube/install/pgsql"},
       R"(INSERT INTO users (username, mail_host, preferences)
            SELECT 'user' || i, 'mail.example', 'a:1:{s:4:"name";s:3:"ü";}'
              FROM generate_series(1, 20) i;
          INSERT INTO identities (user_id, name, email, signature)
            SELECT user_id, 'Name 😀', username || '@example', E'--\n\\.\n' FROM users;
          INSERT INTO contacts (user_id, name, email, vcard)
            SELECT user_id, 'c' || i, 'c@example', repeat('BEGIN:VCARD', 500)
              FROM users, generate_series(1, 5) i;
          INSERT INTO contactgroups (user_id, name) SELECT user_id, 'friends' FROM users;
          INSERT INTO contactgroupmembers (contactgroup_id, contact_id)
            SELECT g.contactgroup_id, c.contact_id FROM contactgroups g JOIN contacts c USING (user_id);
          INSERT INTO session (sess_id, ip, vars) VALUES ('s', '::1', 'dmFycw==');)"},
      {"icingadb",
       {"usr/share/icingadb/schema/pgsql/schema.sql"},
       R"(INSERT INTO environment (id, name) SELECT decode(lpad(to_hex(i), 40, '0'), 'hex'), 'É' || i
            FROM generate_series(1, 20) i;)"},
  };
  return all;
}

// An unpacked package in a folder that goes away.
class Package {
 public:
  explicit Package(const std::string& name) {
    folder_ = std::filesystem::temp_directory_path() / "pgclone_package_XXXXXX";
    if (mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
    // apt-get downloads into the current folder only.
    constexpr const char* kFetch = R"(cd "$1" &&
        apt-get -o Acquire::http::Timeout=10 -o Acquire::Retries=0 download "$2" &&
        dpkg -x ./*.deb .)";
    const auto got = test::run_process({"sh", "-c", kFetch, "sh", folder_, name});
    if (got.status != 0) problem_ = got.err;
  }
  ~Package() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Package(const Package&) = delete;
  Package& operator=(const Package&) = delete;

  // Why there is none.
  [[nodiscard]] const std::optional<std::string>& problem() const { return problem_; }
  [[nodiscard]] std::string file(const std::string& path) const { return folder_ + "/" + path; }

 private:
  std::string folder_;
  std::optional<std::string> problem_;
};

class Applications : public CloneTest, public ::testing::WithParamInterface<Application> {
 protected:
  // Drops what was cloned, for the next way of cloning it.
  void clone_and_compare(Mode mode, const std::string& options) {
    SCOPED_TRACE(options + (mode == Mode::sync ? " sync" : " async"));
    clone(mode, "schema", "'public', true, " + sql::literal(options));
    expect_equal("public");
    target_.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  }

  // With owners and privileges, under another name that it then loses, into a database whose
  // settings are odd.
  void clone_elsewhere_and_compare() {
    SCOPED_TRACE("elsewhere");
    be_odd(target_db_);
    clone(Mode::async, "schema", "'public', true, " + sql::literal(kElsewhere));
    target_.exec("ALTER DATABASE " + sql::identifier(target_db_.name()) + " RESET ALL;" +
                 "DROP SCHEMA public CASCADE; ALTER SCHEMA \"New \"\"x\"\" 🐘\" RENAME TO public");
    const auto dump = [](const TempDatabase& database) {
      return test::dump_schema(database.cluster(), database.name(), "public", test::Rights::with);
    };
    EXPECT_EQ(test::line_difference(dump(source_db_), dump(target_db_)), "");
    EXPECT_EQ(test::table_checksums(source_, "public"), test::table_checksums(target_, "public"));
    EXPECT_EQ(test::sequence_states(source_, "public"), test::sequence_states(target_, "public"));
    target_.exec("DROP SCHEMA public CASCADE; CREATE SCHEMA public");
  }

  static constexpr const char* kElsewhere =
      R"({"owners": true, "privileges": true, "extensions": true, "target_schema": "New \"x\" 🐘", "parallel": 4})";
};

TEST_P(Applications, CloneWithNothingDifferent) {
  const Application& application = GetParam();
  const Package package(application.package);
  if (package.problem()) {
    GTEST_SKIP() << application.package << " can't be fetched: " << *package.problem();
  }
  for (const char* const file : application.files) run_file(source_db_, package.file(file));
  source_.exec(application.rows);
  clone_and_compare(Mode::sync, R"({"extensions": true})");
  clone_and_compare(Mode::async, R"({"extensions": true})");
  clone_and_compare(Mode::async, R"({"parallel": 4, "extensions": true})");
  clone_elsewhere_and_compare();
}

INSTANTIATE_TEST_SUITE_P(Debian, Applications, ::testing::ValuesIn(applications()),
                         [](const auto& test) {
                           std::string name = test.param.package;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace pgclone::integration
