// A TCP line between a client and a server that a test can slow down, watch, make silent, and have
// tell lies.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/answer_counter.hpp"
#include "support/tamper.hpp"

namespace pgclone::test {

// Listens on a free port of 127.0.0.1 and forwards to another port there, in a thread of its own.
class Proxy {
 public:
  // Every byte travels this long, in either direction.
  explicit Proxy(int server_port, std::chrono::milliseconds delay = {});
  // What the server says goes through the tamper of its connection. Round trips are not counted.
  Proxy(int server_port, TamperFactory tampers);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  [[nodiscard]] int port() const { return port_; }
  // Nothing passes any more on the nth connection (from 0, in the order in which they came), or on
  // all that there are and will be; the sockets stay open, so nobody is told.
  void silence(std::size_t connection);
  void silence_all();
  // How many requests the server has answered to the end, logins included: what a line's delay is
  // paid for. No answer that a client has seen is missing.
  [[nodiscard]] std::uint64_t round_trips();
  [[nodiscard]] std::size_t connections();

 private:
  using Clock = std::chrono::steady_clock;

  struct Piece {
    Clock::time_point due;
    std::string bytes;
  };
  // One direction of a connection.
  struct Flow {
    int from;
    int to;
    bool ended = false;  // nothing more comes; closed once the rest was handed on
    std::deque<Piece> pieces;
  };
  struct Line {
    Flow up;
    Flow down;
    bool silent = false;
    bool closed = false;
    AnswerCounter answers;
    std::unique_ptr<Tamper> tamper;
    Clock::time_point last_byte = Clock::now();
  };

  Proxy(int server_port, std::chrono::milliseconds delay, TamperFactory tampers);
  void run();
  void accept_client();
  void receive(Line& line, Flow& flow);
  void hand_on(Flow& flow, Clock::time_point now) const;
  void end_hanging(Line& line, Clock::time_point now) const;
  void close_ended(Line& line);
  // Milliseconds until the next piece is due; -1: none waits.
  [[nodiscard]] int next_due(Clock::time_point now) const;

  int server_port_;
  std::chrono::milliseconds delay_;
  TamperFactory tampers_;
  int listener_;
  int port_ = 0;
  int wakeup_;
  std::mutex mutex_;  // for everything below
  std::vector<std::unique_ptr<Line>> lines_;
  bool all_silent_ = false;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace pgclone::test
