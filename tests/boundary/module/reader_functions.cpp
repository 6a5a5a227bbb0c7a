// What the reader of statements finds in one.
#include <string>
#include <vector>

#include "guard/entry.hpp"
#include "session/statement_reader.hpp"

#include "server.hpp"

#include "guard/datum.hpp"

using namespace pgclone::guard;

namespace {

const char* word(pgclone::job::NameSpace space) {
  switch (space) {
    case pgclone::job::NameSpace::schema:
      return "schema";
    case pgclone::job::NameSpace::relation:
      return "relation";
    case pgclone::job::NameSpace::routine:
      return "routine";
    default:
      return "other";
  }
}

}  // namespace

// "made routine s.f(text); …"
PGCLONE_FUNCTION(b_subjects) {
  std::vector<pgclone::job::Subject> subjects;
  pgclone::session::ServerStatementReader reader;
  reader.read(*text_argument(fcinfo, 0), subjects);
  std::string out;
  for (const auto& subject : subjects) {
    out += out.empty() ? "" : "; ";
    out += subject.made ? "made " : "changed ";
    out += std::string(word(subject.space)) + " " + subject.schema + "." + subject.name;
    if (subject.space == pgclone::job::NameSpace::routine) out += "(" + subject.arguments + ")";
  }
  return text_datum(out);
}
