#include "support/cluster.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "support/process.hpp"
#include "support/sql.hpp"

namespace pgclone::test {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kFolderPrefix = "pgclone-test-";
constexpr auto kStartLimit = 60s;
constexpr auto kPollStep = 10ms;

std::string program(const std::string& name) {
  return std::string(PGCLONE_PG_BINDIR) + "/" + name;
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// Folders of test processes that died before they could clean up carry the process's number.
void remove_stale_folders() {
  for (const fs::directory_entry& entry : fs::directory_iterator("/tmp")) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(kFolderPrefix)) continue;
    pid_t owner = 0;
    std::from_chars(name.data() + kFolderPrefix.size(), name.data() + name.size(), owner);
    std::error_code ignored;  // another process may be removing it, or it isn't ours
    if (owner > 0 && kill(owner, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

// Short, since the path of a unix socket is limited to about a hundred bytes.
std::string make_folder() {
  std::string path = "/tmp/" + std::string(kFolderPrefix) + std::to_string(getpid()) + "-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) {
    throw std::system_error(errno, std::generic_category(), "mkdtemp");
  }
  give_to_server_user(path);
  return path;
}

// initdb runs once per process; every cluster starts as a copy of its result.
class Template {
 public:
  Template() : owner_(getpid()) {
    remove_stale_folders();
    root_ = make_folder();
    check_process({program("initdb"), "-D", data(), "-A", "trust", "-U", "postgres", "--no-sync",
                   "--data-checksums", "-E", "UTF8", "--locale=C.UTF-8"},
                  {}, true);
  }
  ~Template() {
    std::error_code ignored;
    if (owner_ == getpid()) fs::remove_all(root_, ignored);
  }
  Template(const Template&) = delete;
  Template& operator=(const Template&) = delete;
  [[nodiscard]] std::string data() const { return root_ + "/data"; }

 private:
  std::string root_;
  pid_t owner_;
};

int free_port() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool ok =
      probe >= 0 && bind(probe, generic, length) == 0 && getsockname(probe, generic, &length) == 0;
  const int error = errno;
  if (probe >= 0) close(probe);
  if (!ok) throw std::system_error(error, std::generic_category(), "no free port");
  return ntohs(address.sin_port);
}

}  // namespace

Cluster::Cluster(const std::vector<std::string>& conf) : owner_(getpid()) {
  static const Template pattern;
  root_ = make_folder();
  data_ = root_ + "/data";
  check_process({"cp", "-a", pattern.data(), data_});
  begin(conf);
}

Cluster::Cluster(const From& from, const std::vector<std::string>& conf) : owner_(getpid()) {
  root_ = make_folder();
  data_ = root_ + "/data";
  fs::rename(from.backup, data_);
  begin(conf);
}

void Cluster::begin(const std::vector<std::string>& conf) {
  append_conf("listen_addresses = '127.0.0.1'");
  append_conf("unix_socket_directories = '" + root_ + "'");
  append_conf("fsync = off");
  append_conf("max_connections = 60");
  append_conf("shared_buffers = 64MB");
  append_conf("log_line_prefix = '%m [%p] %b %u@%d '");
  for (const std::string& line : conf) append_conf(line);
  // Somebody may take the port between our probe and the server's bind.
  for (int attempt = 1;; ++attempt) {
    port_ = free_port();
    try {
      start();
      return;
    } catch (const std::runtime_error&) {
      if (attempt == 5 ||
          server_log().find("could not create any TCP/IP sockets") == std::string::npos) {
        stop(StopMode::immediate);
        fs::remove_all(root_);
        throw;
      }
    }
  }
}

Cluster::~Cluster() {
  if (owner_ != getpid()) return;  // a fork of the test process
  stop(StopMode::immediate);
  std::error_code ignored;
  fs::remove_all(root_, ignored);
}

std::string conninfo_value(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string Cluster::conninfo(std::string_view dbname) const {
  return "host=" + root_ + " port=" + std::to_string(port_) +
         " user=postgres dbname=" + conninfo_value(dbname);
}

std::string Cluster::tcp_conninfo(std::string_view dbname, std::string_view user,
                                  std::string_view password) const {
  std::string out = "host=127.0.0.1 port=" + std::to_string(port_) +
                    " user=" + conninfo_value(user) + " dbname=" + conninfo_value(dbname);
  if (!password.empty()) out += " password=" + conninfo_value(password);
  return out;
}

std::string Cluster::server_log() const {
  return read_file(root_ + "/server.log");
}

void Cluster::start() {
  if (postmaster_ != 0) return;
  launch();
  if (wait_ready()) return;
  throw std::runtime_error("the server in " + data_ + " did not start:\n" + server_log());
}

void Cluster::launch() {
  postmaster_ = start_server({program("postgres"), "-D", data_, "-p", std::to_string(port_)},
                             root_ + "/server.log");
}

// The server writes its state into the eighth line of its lock file.
bool Cluster::wait_ready() {
  const auto limit = std::chrono::steady_clock::now() + kStartLimit;
  while (std::chrono::steady_clock::now() < limit) {
    if (waitpid(postmaster_, nullptr, WNOHANG) == postmaster_) {
      postmaster_ = 0;
      return false;
    }
    const std::string lock = read_file(data_ + "/postmaster.pid");
    if (lock.starts_with(std::to_string(postmaster_) + "\n") &&
        lock.find("\nready ") != std::string::npos) {
      return true;
    }
    std::this_thread::sleep_for(kPollStep);
  }
  return false;
}

void Cluster::stop(StopMode mode) {
  if (postmaster_ == 0) return;
  const int signal = mode == StopMode::smart ? SIGTERM : mode == StopMode::fast ? SIGINT : SIGQUIT;
  kill(postmaster_, signal);
  while (waitpid(postmaster_, nullptr, 0) < 0 && errno == EINTR) {
  }
  postmaster_ = 0;
}

void Cluster::restart(StopMode mode) {
  stop(mode);
  start();
}

void Cluster::reload() {
  const auto loaded = [this] {
    return Sql(conninfo()).value("SELECT pg_catalog.pg_conf_load_time()");
  };
  const auto before = loaded();
  kill(postmaster_, SIGHUP);
  const auto limit = std::chrono::steady_clock::now() + kStartLimit;
  while (loaded() == before) {
    if (std::chrono::steady_clock::now() > limit) {
      throw std::runtime_error("the server did not reload:\n" + server_log());
    }
    std::this_thread::sleep_for(kPollStep);
  }
}

void Cluster::append_conf(std::string_view line) {
  std::ofstream(data_ + "/postgresql.conf", std::ios::app) << line << '\n';
}

void Cluster::append_hba_first(std::string_view line) {
  const std::string path = data_ + "/pg_hba.conf";
  const std::string old = read_file(path);
  std::ofstream(path, std::ios::trunc) << line << '\n' << old;
}

std::string Cluster::run_tool(const std::vector<std::string>& argv) const {
  std::vector<std::string> full = argv;
  full.front() = program(argv.front());
  return check_process(full, {{"PGHOST", root_},
                              {"PGPORT", std::to_string(port_)},
                              {"PGUSER", "postgres"},
                              {"PGOPTIONS", ""},
                              {"PGCLIENTENCODING", "UTF8"}});
}

Cluster& source_cluster() {
  static Cluster cluster;
  return cluster;
}

Cluster& target_cluster() {
  static Cluster cluster;
  return cluster;
}

}  // namespace pgclone::test
