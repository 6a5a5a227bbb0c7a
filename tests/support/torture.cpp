#include "support/torture.hpp"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "pgclone/plugin/sql.hpp"

namespace pgclone::test::torture {
namespace {

std::string file_text(const std::string& name) {
  std::ifstream file(PGCLONE_SOURCE_DIR "/tests/plugins/" + name);
  if (!file) throw std::runtime_error("cannot read " + name);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// "@ " and "@." are the schema's name, where it has to be written.
std::string with_schema(std::string text, std::string_view schema) {
  const std::string name = sql::identifier(schema);
  for (const char* const mark : {"@.", "@ "})
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += name.size())
      text.replace(at, 1, name);
  return text;
}

}  // namespace

std::string schema_sql(std::string_view schema) {
  return with_schema(file_text("torture.sql"), schema);
}

std::string rights_sql(std::string_view schema) {
  return with_schema(file_text("torture_rights.sql"), schema);
}

std::string roles_sql() {
  return file_text("torture_roles.sql");
}

}  // namespace pgclone::test::torture
