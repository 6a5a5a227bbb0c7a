#include "support/process.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>

namespace pgclone::test {

namespace {

struct User {
  uid_t uid;
  gid_t gid;
};

// Whom servers run as; nothing when we needn't change.
std::optional<User> server_user() {
  if (geteuid() != 0) return std::nullopt;
  const passwd* entry = getpwnam("postgres");
  if (entry == nullptr) throw std::runtime_error("there is no user \"postgres\" on this machine");
  return User{entry->pw_uid, entry->pw_gid};
}

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (const std::string& text : strings) out.push_back(const_cast<char*>(text.c_str()));
  out.push_back(nullptr);
  return out;
}

// In the child: become the user. Only async-signal-safe calls from here to exec.
void become(const std::optional<User>& user) {
  if (!user) return;
  if (setgroups(1, &user->gid) != 0 || setgid(user->gid) != 0 || setuid(user->uid) != 0) _exit(126);
}

struct Pipe {
  std::array<int, 2> ends{-1, -1};
  Pipe() {
    if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("pipe2");
  }
  ~Pipe() {
    close_end(0);
    close_end(1);
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  void close_end(std::size_t end) {
    if (ends[end] >= 0) close(ends[end]);
    ends[end] = -1;
  }
};

void read_all(Pipe& out, Pipe& err, ProcessResult& result) {
  std::array<pollfd, 2> polled{pollfd{out.ends[0], POLLIN, 0}, pollfd{err.ends[0], POLLIN, 0}};
  const std::array<std::string*, 2> texts{&result.out, &result.err};
  while (polled[0].fd >= 0 || polled[1].fd >= 0) {
    if (poll(polled.data(), polled.size(), -1) < 0 && errno != EINTR) fail("poll");
    for (std::size_t i = 0; i < polled.size(); ++i) {
      if (polled[i].fd < 0 || polled[i].revents == 0) continue;
      std::array<char, 65536> buffer;
      const ssize_t got = read(polled[i].fd, buffer.data(), buffer.size());
      if (got > 0) texts[i]->append(buffer.data(), static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EINTR)) polled[i].fd = -1;
    }
  }
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& argv, const Environment& environment,
                          bool as_server_user) {
  const std::optional<User> user = as_server_user ? server_user() : std::nullopt;
  const std::vector<char*> arguments = pointers(argv);
  Pipe out;
  Pipe err;
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    become(user);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(out.ends[1], STDOUT_FILENO);
    dup2(err.ends[1], STDERR_FILENO);
    for (const auto& [name, value] : environment) setenv(name.c_str(), value.c_str(), 1);
    if (user && chdir("/") != 0) _exit(126);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  out.close_end(1);
  err.close_end(1);
  ProcessResult result;
  read_all(out, err, result);
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) fail("waitpid");
  }
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::string check_process(const std::vector<std::string>& argv, const Environment& environment,
                          bool as_server_user) {
  ProcessResult result = run_process(argv, environment, as_server_user);
  if (result.status != 0) {
    throw std::runtime_error(argv.front() + " failed with status " + std::to_string(result.status) +
                             ": " + result.err);
  }
  return std::move(result.out);
}

pid_t start_server(const std::vector<std::string>& argv, const std::string& log) {
  const std::optional<User> user = server_user();
  const std::vector<char*> arguments = pointers(argv);
  const int log_file = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_file < 0) fail(log.c_str());
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child < 0) {
    close(log_file);
    fail("fork");
  }
  if (child == 0) {
    become(user);
    // After the change of user, which would reset it; and our parent may be gone already.
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
    if (getppid() != parent) _exit(125);
    setsid();
    const int null = open("/dev/null", O_RDONLY);
    dup2(null, STDIN_FILENO);
    dup2(log_file, STDOUT_FILENO);
    dup2(log_file, STDERR_FILENO);
    if (chdir("/") != 0) _exit(126);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
  close(log_file);
  return child;
}

void give_to_server_user(const std::string& path) {
  const std::optional<User> user = server_user();
  if (user && chown(path.c_str(), user->uid, user->gid) != 0) fail(path.c_str());
}

}  // namespace pgclone::test
