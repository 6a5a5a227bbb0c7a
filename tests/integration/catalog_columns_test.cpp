// A column of a catalog that nobody thought of is a property that a clone loses in silence. So all
// of them are listed in catalog_columns.txt; a server with one more fails here.
#include <fstream>
#include <set>
#include <sstream>

#include "integration/fixture.hpp"

namespace pgclone::integration {
namespace {

struct Entry {
  std::string how;     // read, by, like, not
  std::string detail;  // the function, the other column, or the reason
};

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// By catalog.column.
std::map<std::string, Entry> read_entries() {
  std::istringstream file(text_of(PGCLONE_SOURCE_DIR "/tests/integration/catalog_columns.txt"));
  std::map<std::string, Entry> entries;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    std::istringstream words(line);
    std::string column;
    Entry entry;
    words >> column >> entry.how >> std::ws;
    std::getline(words, entry.detail);
    EXPECT_TRUE(entries.emplace(column, entry).second) << column << " is listed twice";
  }
  return entries;
}

// All that reads catalogs of a source.
std::string readers() {
  std::string text;
  for (const char* const folder : {"/plugins", "/core/include"})
    for (const auto& file :
         std::filesystem::recursive_directory_iterator(PGCLONE_SOURCE_DIR + std::string(folder)))
      if (file.is_regular_file()) text += text_of(file.path());
  return text;
}

// aggfinalfn is written as "a.agg" and "finalfn", opcname as a prefix and "name".
bool mentions(const std::string& text, const std::string& name) {
  if (text.find(name) != std::string::npos) return true;
  for (std::size_t cut = 3; cut + 3 < name.size(); ++cut) {
    const std::string head = name.substr(0, cut);
    const std::string tail = name.substr(cut);
    const bool has_head = text.find("\"" + head + "\"") != std::string::npos ||
                          text.find("." + head + "\"") != std::string::npos;
    const bool has_tail = text.find("\"" + tail) != std::string::npos;
    if (has_head && has_tail) return true;
  }
  return false;
}

std::set<std::string> catalogs_of(const std::map<std::string, Entry>& entries) {
  std::set<std::string> catalogs;
  for (const auto& [column, unused] : entries) catalogs.insert(column.substr(0, column.find('.')));
  return catalogs;
}

TEST_F(CloneTest, EveryColumnOfTheCatalogsIsKnown) {
  const auto entries = read_entries();
  const std::string array = sql::literal(sql::text_array(catalogs_of(entries)));
  for (const auto& row : source_.rows(
           "SELECT c.relname || '.' || a.attname FROM pg_catalog.pg_class c"
           " JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 11"
           " AND c.relname = ANY (" +
           array +
           "::text[]) AND a.attnum > 0 AND NOT a.attisdropped"
           " ORDER BY c.relname, a.attnum"))
    EXPECT_TRUE(entries.contains(row[0].value()))
        << row[0].value() << ": say in catalog_columns.txt what becomes of it";
}

TEST_F(CloneTest, WhatIsSaidToBeReadIsRead) {
  const std::string text = readers();
  for (const auto& [column, entry] : read_entries()) {
    const std::string name = column.substr(column.find('.') + 1);
    if (entry.how == "read" || entry.how == "like") {
      EXPECT_TRUE(mentions(text, entry.how == "read" ? name : entry.detail)) << column;
    } else if (entry.how == "by") {
      EXPECT_NE(text.find(entry.detail + "("), std::string::npos) << column;
    } else {
      EXPECT_EQ(entry.how, "not") << column;
      EXPECT_FALSE(entry.detail.empty()) << column;
    }
  }
}

// Whatever lives in a schema is in a catalog that names its schema.
TEST_F(CloneTest, EveryCatalogOfObjectsIsKnown) {
  const std::set<std::string> listed = catalogs_of(read_entries());
  // Extensions only name where their objects lie; publications are objects of the database.
  const std::set<std::string> others = {"pg_extension", "pg_publication_namespace", "pg_namespace"};
  for (const auto& row :
       source_.rows("SELECT DISTINCT fktable::text FROM pg_catalog.pg_get_catalog_foreign_keys()"
                    " WHERE pktable = 'pg_namespace'::regclass ORDER BY 1"))
    EXPECT_TRUE(listed.contains(row[0].value()) || others.contains(row[0].value()))
        << row[0].value();
}

}  // namespace
}  // namespace pgclone::integration
