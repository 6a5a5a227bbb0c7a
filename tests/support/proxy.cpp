#include "support/proxy.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace pgclone::test {
namespace {

constexpr std::size_t kBuffer = 64 * 1024;
// Per direction; a line holds only so much.
constexpr std::size_t kPieces = 64;
// After which a line that may hang is closed.
constexpr std::chrono::milliseconds kSilence{300};

int checked(int result) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), "proxy");
  return result;
}

sockaddr_in local(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

void send_at_once(int socket) {
  const int on = 1;
  checked(setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
}

}  // namespace

Proxy::Proxy(int server_port, std::chrono::milliseconds delay) : Proxy(server_port, delay, {}) {}

Proxy::Proxy(int server_port, TamperFactory tampers) : Proxy(server_port, {}, std::move(tampers)) {}

Proxy::Proxy(int server_port, std::chrono::milliseconds delay, TamperFactory tampers)
    : server_port_(server_port),
      delay_(delay),
      tampers_(std::move(tampers)),
      listener_(checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))),
      wakeup_(checked(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  sockaddr_in address = local(0);
  socklen_t size = sizeof address;
  checked(bind(listener_, reinterpret_cast<sockaddr*>(&address), size));
  checked(listen(listener_, 128));
  checked(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size));
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

Proxy::~Proxy() {
  {
    const std::scoped_lock lock(mutex_);
    stop_ = true;
  }
  eventfd_write(wakeup_, 1);
  thread_.join();
  for (const auto& line : lines_) {
    if (line->closed) continue;
    close(line->up.from);
    close(line->up.to);
  }
  close(listener_);
  close(wakeup_);
}

void Proxy::silence(std::size_t connection) {
  const std::scoped_lock lock(mutex_);
  lines_.at(connection)->silent = true;
  eventfd_write(wakeup_, 1);
}

void Proxy::silence_all() {
  const std::scoped_lock lock(mutex_);
  all_silent_ = true;
  for (const auto& line : lines_) line->silent = true;
  eventfd_write(wakeup_, 1);
}

std::uint64_t Proxy::round_trips() {
  const std::scoped_lock lock(mutex_);
  std::uint64_t sum = 0;
  for (const auto& line : lines_) sum += line->answers.answers();
  return sum;
}

std::size_t Proxy::connections() {
  const std::scoped_lock lock(mutex_);
  return lines_.size();
}

void Proxy::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    std::vector<pollfd> polled{{wakeup_, POLLIN, 0}, {listener_, POLLIN, 0}};
    std::vector<std::pair<Line*, Flow*>> flows;
    for (const auto& line : lines_) {
      if (line->closed || line->silent) continue;
      for (Flow* flow : {&line->up, &line->down}) {
        if (flow->ended || flow->pieces.size() >= kPieces) continue;
        polled.push_back({flow->from, POLLIN, 0});
        flows.emplace_back(line.get(), flow);
      }
    }
    const int due = next_due(Clock::now());
    lock.unlock();
    poll(polled.data(), polled.size(), due);
    lock.lock();
    eventfd_t ignored = 0;
    eventfd_read(wakeup_, &ignored);
    for (std::size_t i = 0; i < flows.size(); ++i)
      if (polled[i + 2].revents != 0 && !flows[i].first->silent)
        receive(*flows[i].first, *flows[i].second);
    const auto now = Clock::now();
    for (const auto& line : lines_) {
      if (line->closed || line->silent) continue;
      hand_on(line->up, now);
      hand_on(line->down, now);
      end_hanging(*line, now);
      close_ended(*line);
    }
    if (polled[1].revents != 0) accept_client();
  }
}

void Proxy::accept_client() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = local(server_port_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    close(client);
    close(server);
    return;
  }
  send_at_once(client);
  send_at_once(server);
  auto line = std::make_unique<Line>();
  line->up = {client, server, false, {}};
  line->down = {server, client, false, {}};
  line->silent = all_silent_;
  if (tampers_) line->tamper = tampers_();
  lines_.push_back(std::move(line));
}

void Proxy::receive(Line& line, Flow& flow) {
  std::string bytes(kBuffer, '\0');
  const ssize_t size = recv(flow.from, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (size <= 0) {
    flow.ended = true;
    return;
  }
  bytes.resize(static_cast<std::size_t>(size));
  line.last_byte = Clock::now();
  if (&flow == &line.down) {
    if (line.tamper == nullptr) {
      line.answers.read(bytes);
    } else {
      bytes = line.tamper->pass(bytes);
      flow.ended = line.tamper->ended();
      if (bytes.empty()) return;
    }
  }
  flow.pieces.push_back({Clock::now() + delay_, std::move(bytes)});
}

void Proxy::hand_on(Flow& flow, Clock::time_point now) const {
  while (!flow.pieces.empty() && flow.pieces.front().due <= now) {
    std::string& bytes = flow.pieces.front().bytes;
    const ssize_t size = send(flow.to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size < 0) {
      flow.ended = true;
      flow.pieces.clear();
      return;
    }
    bytes.erase(0, static_cast<std::size_t>(size));
    if (bytes.empty()) flow.pieces.pop_front();
  }
}

void Proxy::end_hanging(Line& line, Clock::time_point now) const {
  if (line.tamper == nullptr || !line.tamper->may_hang() || now - line.last_byte < kSilence) return;
  line.up.ended = line.down.ended = true;
  line.up.pieces.clear();
  line.down.pieces.clear();
}

// Either side's end is the other's, once it has all that was sent to it.
void Proxy::close_ended(Line& line) {
  const auto done = [](const Flow& flow) { return flow.ended && flow.pieces.empty(); };
  if (!done(line.up) && !done(line.down)) return;
  close(line.up.from);
  close(line.up.to);
  line.closed = true;
}

int Proxy::next_due(Clock::time_point now) const {
  int wait = -1;
  for (const auto& line : lines_) {
    if (line->closed || line->silent) continue;
    const auto wake_at = [&](Clock::time_point at) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(at - now).count();
      // A receiver that is full is asked again soon.
      const int due = std::max(1, static_cast<int>(left));
      wait = wait < 0 ? due : std::min(wait, due);
    };
    for (const Flow* flow : {&line->up, &line->down})
      if (!flow->pieces.empty()) wake_at(flow->pieces.front().due);
    if (line->tamper != nullptr && line->tamper->may_hang()) wake_at(line->last_byte + kSilence);
  }
  return wait;
}

}  // namespace pgclone::test
