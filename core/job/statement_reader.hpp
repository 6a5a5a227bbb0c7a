// How the engine looks into the statements of a plan before it runs them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace pgclone::job {

// What names of a schema share.
enum class NameSpace : std::uint8_t { schema, relation, routine, other };

// An object that a statement makes or changes; what it merely refers to is none.
struct Subject {
  NameSpace space = NameSpace::other;
  bool made = false;   // by this statement, and nothing of that name was there before
  std::string schema;  // empty: the statement doesn't say
  std::string name;    // empty for a schema
  // Of a routine: the types of its input arguments, by which those of one name are told apart.
  std::string arguments;
};

// All routines of the name: those that come with a type, whatever they take.
inline constexpr const char* kAnyArguments = "*";

// The target's own parser. Implemented by the server's side.
class StatementReader {
 public:
  // Adds the subjects of the only statement in the text. Throws Error: 08P01 if there is more than
  // that one, or something that no clone does; whatever else the parser says to a text that would
  // not run either.
  virtual void read(const std::string& statement, std::vector<Subject>& subjects) = 0;

 protected:
  ~StatementReader() = default;
};

}  // namespace pgclone::job
