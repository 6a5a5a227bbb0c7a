// Objects whose living instances are counted, to see who was not destroyed.
#pragma once

#include <exception>
#include <string_view>

namespace boundary {

class Counted {
 public:
  Counted() noexcept { ++live; }
  Counted(const Counted&) noexcept { ++live; }
  Counted& operator=(const Counted&) noexcept = default;
  ~Counted() { --live; }
  static inline int live = 0;
};

class CountedException : public std::exception {
 public:
  [[nodiscard]] const char* what() const noexcept override { return "counted exception"; }

 private:
  Counted counted_;
};

// Throws by name: error, cancel, exception, bad_alloc, int, counted.
[[noreturn]] void throw_by_name(std::string_view kind);

}  // namespace boundary
