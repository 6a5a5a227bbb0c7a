// Rewrites rows of a server's answers: a lie that is meant.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "support/tamper.hpp"
#include "support/wire.hpp"

namespace pgclone::test {

class Rewriter final : public Tamper {
 public:
  using Change = std::function<void(wire::Cells&)>;

  static TamperFactory of(Change change) {
    return [change = std::move(change)] { return std::make_unique<Rewriter>(change); };
  }

  explicit Rewriter(Change change) : change_(std::move(change)) {}

  std::string pass(std::string_view bytes) override {
    std::string out;
    reader_.feed(bytes);
    while (auto message = reader_.next()) {
      if (message->type == 'D') {
        wire::Cells cells = wire::decode_row(message->body);
        change_(cells);
        message->body = wire::encode_row(cells);
      }
      out += wire::encode(*message);
    }
    return out;
  }
  [[nodiscard]] bool ended() const override { return false; }
  [[nodiscard]] bool may_hang() const override { return false; }

 private:
  Change change_;
  wire::Reader reader_;
};

}  // namespace pgclone::test
