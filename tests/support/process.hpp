// Child processes for tests: run a program to its end, or start a server that dies with us.
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

namespace pgclone::test {

struct ProcessResult {
  int status = 0;  // exit code, or 128 + signal
  std::string out;
  std::string err;
};

// Environment variables added to our own for one child.
using Environment = std::vector<std::pair<std::string, std::string>>;

// Runs a program (found in PATH or absolute) to its end and returns what it printed. With
// `as_server_user` and as root it runs as "postgres": initdb and postgres refuse root.
ProcessResult run_process(const std::vector<std::string>& argv, const Environment& environment = {},
                          bool as_server_user = false);
// The same; throws std::runtime_error with the program's stderr when it fails. Returns its stdout.
std::string check_process(const std::vector<std::string>& argv, const Environment& environment = {},
                          bool as_server_user = false);
// Starts a server (as the server user) with its output appended to `log`. The kernel sends it
// SIGQUIT when the calling thread ends for whatever reason, so a crashed test leaves none behind.
pid_t start_server(const std::vector<std::string>& argv, const std::string& log);

// Gives a file or folder to the user that servers run as; nothing to do unless we are root.
void give_to_server_user(const std::string& path);

}  // namespace pgclone::test
