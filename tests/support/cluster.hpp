// Throw-away PostgreSQL servers for tests.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace pgclone::test {

enum class StopMode { smart, fast, immediate };

// One PostgreSQL server in a temporary folder: superuser "postgres", trust authentication, UTF-8,
// a unix socket of its own and 127.0.0.1 on a free port. Works as root (the server then runs as
// user "postgres") and as an ordinary user. Stopped and removed by the destructor; when the test
// process dies instead, the kernel stops the server (so create it in the main thread) and the next
// test process removes the folder. Failures are std::runtime_error with the server's log.
class Cluster {
 public:
  // `conf`: more lines for postgresql.conf, e.g. "shared_preload_libraries = 'pgclone'".
  explicit Cluster(const std::vector<std::string>& conf = {});
  // From a base backup, which it takes over: a standby, if that has its settings.
  struct From {
    std::string backup;
  };
  explicit Cluster(const From& from, const std::vector<std::string>& conf = {});
  ~Cluster();
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // Connection strings: through the socket as superuser, and through TCP as anybody.
  [[nodiscard]] std::string conninfo(std::string_view dbname = "postgres") const;
  [[nodiscard]] std::string tcp_conninfo(std::string_view dbname, std::string_view user,
                                         std::string_view password = {}) const;
  [[nodiscard]] const std::string& socket_dir() const { return root_; }
  [[nodiscard]] const std::string& data_dir() const { return data_; }
  [[nodiscard]] int port() const { return port_; }
  // Everything that the server has logged since its creation.
  [[nodiscard]] std::string server_log() const;
  [[nodiscard]] pid_t postmaster_pid() const { return postmaster_; }

  void stop(StopMode mode = StopMode::fast);
  // Returns when the server accepts connections. Keeps its port.
  void start();
  void restart(StopMode mode = StopMode::fast);
  // Returns when the postmaster has read its files again: new connections see them.
  void reload();
  // Adds a line to postgresql.conf (later ones win); takes effect with reload() or restart().
  void append_conf(std::string_view line);
  // Puts a line before all others of pg_hba.conf; takes effect with reload().
  void append_hba_first(std::string_view line);

  // Runs a client program of PostgreSQL's bindir (pg_dump, psql, …) against this server and returns
  // its stdout; throws with its stderr when it fails.
  std::string run_tool(const std::vector<std::string>& argv) const;

 private:
  void begin(const std::vector<std::string>& conf);
  void launch();
  bool wait_ready();

  std::string root_;
  std::string data_;
  int port_ = 0;
  pid_t postmaster_ = 0;
  pid_t owner_ = 0;
};

// Two servers with default settings, started when first asked for, stopped when the process ends.
Cluster& source_cluster();
Cluster& target_cluster();

// 'text' quoted as a value of a connection string.
std::string conninfo_value(std::string_view text);

}  // namespace pgclone::test
