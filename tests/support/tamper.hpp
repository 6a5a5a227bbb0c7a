// What a proxy makes of the bytes that a server sends to one client.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace pgclone::test {

class Tamper {
 public:
  virtual ~Tamper() = default;
  // What goes on to the client instead, in whatever pieces the bytes come.
  virtual std::string pass(std::string_view bytes) = 0;
  // Nothing more goes on; the client sees the end of the connection.
  [[nodiscard]] virtual bool ended() const = 0;
  // From now on the client may wait for what never comes: a line that falls silent is to be closed.
  [[nodiscard]] virtual bool may_hang() const = 0;
};

// Asked once for each connection, in the order in which they come.
using TamperFactory = std::function<std::unique_ptr<Tamper>()>;

}  // namespace pgclone::test
