// A source that never stops answering takes no more memory than an answer may take; and what libpq
// says again and again comes to an end.
#include <gtest/gtest.h>
#include <malloc.h>

#include "pq/libpq_session.hpp"
#include "support/cluster.hpp"
#include "support/error_of.hpp"
#include "support/poll_waiter.hpp"
#include "support/proxy.hpp"
#include "support/wire.hpp"

namespace pgclone::test {
namespace {

constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kMost = 8 * kMegabyte;
constexpr std::uint64_t kSent = 64 * kMegabyte;

// When the first row comes, says this instead, again and again.
class Endless final : public Tamper {
 public:
  using Next = std::function<wire::Message(std::uint64_t number)>;

  explicit Endless(Next next) : next_(std::move(next)) {}

  std::string pass(std::string_view bytes) override {
    std::string out;
    reader_.feed(bytes);
    while (!ended_) {
      const auto message = reader_.next();
      if (!message) break;
      if (message->type != 'D' || message->body.find("begin") == std::string::npos) {
        out += wire::encode(*message);
        continue;
      }
      for (std::uint64_t number = 0; out.size() < kSent; ++number)
        out += wire::encode(next_(number));
      ended_ = true;
    }
    return out;
  }
  [[nodiscard]] bool ended() const override { return ended_; }
  [[nodiscard]] bool may_hang() const override { return false; }

 private:
  Next next_;
  wire::Reader reader_;
  bool ended_ = false;
};

// Says something else than these messages.
class Replacing final : public Tamper {
 public:
  using Replace = std::function<wire::Message(const wire::Message&)>;

  explicit Replacing(Replace replace) : replace_(std::move(replace)) {}

  std::string pass(std::string_view bytes) override {
    std::string out;
    reader_.feed(bytes);
    while (const auto message = reader_.next()) out += wire::encode(replace_(*message));
    return out;
  }
  [[nodiscard]] bool ended() const override { return false; }
  [[nodiscard]] bool may_hang() const override { return false; }

 private:
  Replace replace_;
  wire::Reader reader_;
};

std::unique_ptr<pq::LibpqSession> connect(const Proxy& proxy, PollWaiter& waiter) {
  return pq::LibpqSession::connect(
      pq::ConnInfo::parse("host=127.0.0.1 port=" + std::to_string(proxy.port()) +
                          " user=postgres dbname=postgres sslmode=disable gssencmode=disable"),
      {.most_memory = kMost}, waiter);
}

Error error_of_endless(const Endless::Next& next) {
  const Proxy proxy(source_cluster().port(), [&] { return std::make_unique<Endless>(next); });
  PollWaiter waiter;
  const auto session = connect(proxy, waiter);
  return error_of([&] { session->query("SELECT 'begin'"); });
}

bool heap_is_measured() {
#if defined(__SANITIZE_ADDRESS__)
  return false;
#else
  return mallinfo2().uordblks > 0;
#endif
}

void expect_too_large(const Endless::Next& next) {
  if (!heap_is_measured()) GTEST_SKIP() << "the heap of this build cannot be measured";
  const Error error = error_of_endless(next);
  EXPECT_EQ(error.sqlstate(), "54000") << error.message() << error.detail();
  EXPECT_NE(error.hint(), "");
}

TEST(EndlessAnswer, OfRows) {
  expect_too_large([](std::uint64_t) {
    return wire::Message{'D', wire::encode_row({std::string(1000, 'x')})};
  });
}

TEST(EndlessAnswer, OfSettings) {
  expect_too_large([](std::uint64_t number) {
    std::string body = "made_up_" + std::to_string(number);
    body += '\0';
    body += std::string(20'000, 'x');
    body += '\0';
    return wire::Message{'S', body};
  });
}

TEST(EndlessAnswer, OfNotifications) {
  expect_too_large([](std::uint64_t) {
    std::string body = wire::uint32(1) + "channel";
    body += '\0';
    body += std::string(8'000, 'x');
    body += '\0';
    return wire::Message{'A', body};
  });
}

// They are passed by, and the end of the connection is the end.
TEST(EndlessAnswer, OfNotices) {
  const Error error = error_of_endless([](std::uint64_t) {
    return wire::Message{
        'N', wire::report({{'S', "WARNING"}, {'C', "01000"}, {'M', std::string(8'000, 'x')}})};
  });
  EXPECT_EQ(error.sqlstate(), "08006") << error.message();
}

// libpq tells of a copy as long as nobody takes part in it.
TEST(EndlessAnswer, OfACopyInBothDirections) {
  const Proxy proxy(source_cluster().port(), [] {
    return std::make_unique<Replacing>([](const wire::Message& message) {
      return message.type == 'H' ? wire::Message{'W', message.body} : message;
    });
  });
  PollWaiter waiter;
  const auto session = connect(proxy, waiter);
  const Error error =
      error_of([&] { session->copy_out("COPY (SELECT generate_series(1, 10)) TO STDOUT"); });
  EXPECT_EQ(error.sqlstate(), "22023") << error.message();
  EXPECT_FALSE(session->alive());
}

TEST(EndlessAnswer, OfACopyInsteadOfAnEnd) {
  const Proxy proxy(source_cluster().port(), [] {
    return std::make_unique<Replacing>([](const wire::Message& message) {
      return message.type == 'C' && message.body.starts_with("ROLLBACK")
                 ? wire::Message{'H', std::string(3, '\0')}
                 : message;
    });
  });
  PollWaiter waiter;
  const auto session = connect(proxy, waiter);
  session->begin(TransactionMode::repeatable_read_read_only);
  session->rollback();
  EXPECT_FALSE(session->alive());
}

}  // namespace
}  // namespace pgclone::test
