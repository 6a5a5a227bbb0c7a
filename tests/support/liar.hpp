// A server that lies: what it says is changed on its way to the client, by a plan that follows from
// a seed and from what a truthful run has said.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "support/random_schema/random.hpp"
#include "support/tamper.hpp"
#include "support/wire.hpp"

namespace pgclone::test {

// The types of the messages of each connection of a run, in the order in which they came.
using Profile = std::vector<std::string>;

// Passes everything on.
class Recorder {
 public:
  TamperFactory tampers();
  [[nodiscard]] Profile profile() const { return *profile_; }

 private:
  std::shared_ptr<Profile> profile_ = std::make_shared<Profile>();
};

struct Lie;

class Liar {
 public:
  // One to three lies about messages such as the profile has.
  Liar(std::uint64_t seed, const Profile& profile);
  ~Liar();
  TamperFactory tampers();
  // For whoever has to find out why a run failed.
  [[nodiscard]] std::string description() const;

 private:
  class Line;
  // Of all connections; in the proxy's thread alone.
  struct Memory {
    explicit Memory(std::uint64_t seed) : random(seed) {}
    random_schema::Random random;
    std::vector<std::string> oids;
    std::vector<std::string> texts;
    std::vector<std::string> told;
  };

  std::uint64_t seed_;
  std::shared_ptr<Memory> memory_;
  std::vector<Lie> lies_;
  std::size_t connections_ = 0;
};

}  // namespace pgclone::test
