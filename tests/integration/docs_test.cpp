// Every SQL example of README.md and docs/*.md runs, in order, and prints what the page says.
//
// In a page, ```sql blocks are run with psql on the target; a ```text block that follows is the
// output, in which … stands for any text within a line. Without one, there may be no error. Lines
// of the form <!-- test: … --> and <!-- source: … --> are statements that readers needn't see.
// "host=source.example …" in a string, and host 'source.example' of a foreign server, is the
// source.
#include <fstream>
#include <regex>
#include <sstream>

#include "fixture.hpp"

namespace pgclone::integration {
namespace {

namespace fs = std::filesystem;

struct Block {
  std::string kind;  // sql, text, test, source, or another language
  std::string text;
  int line;
};

std::vector<Block> read_page(const fs::path& path) {
  std::ifstream in(path);
  std::vector<Block> blocks;
  bool inside = false;
  int number = 0;
  const std::regex hidden("<!-- (test|source): (.*) -->");
  for (std::string line; std::getline(in, line);) {
    ++number;
    std::smatch match;
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) blocks.push_back({line.substr(3), "", number});
    } else if (inside) {
      blocks.back().text += line + "\n";
    } else if (std::regex_match(line, match, hidden)) {
      blocks.push_back({match[1], match[2], number});
    }
  }
  return blocks;
}

std::vector<std::string> lines(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    line.erase(line.find_last_not_of(" \t\r") + 1);
    if (!line.empty()) out.push_back(line);
  }
  return out;
}

// Pieces around … have to appear in order.
bool line_matches(const std::string& actual, const std::string& expected) {
  static const std::string any = "…";
  std::size_t at = 0;
  std::size_t from = 0;
  for (bool first = true;; first = false) {
    const std::size_t end = expected.find(any, from);
    const std::string piece = expected.substr(from, end - from);
    if (end == std::string::npos && !first) {
      return actual.size() >= at + piece.size() && actual.ends_with(piece);
    }
    const std::size_t found = actual.find(piece, at);
    if (found == std::string::npos || (first && found != 0)) return false;
    if (end == std::string::npos) return actual == expected;
    at = found + piece.size();
    from = end + any.size();
  }
}

bool output_matches(const std::string& actual, const std::string& expected) {
  const auto got = lines(actual);
  const auto want = lines(expected);
  return std::equal(got.begin(), got.end(), want.begin(), want.end(), line_matches);
}

std::vector<fs::path> pages() {
  const fs::path root = PGCLONE_SOURCE_DIR;
  std::vector<fs::path> out = {root / "README.md"};
  for (const auto& entry : fs::directory_iterator(root / "docs")) {
    if (entry.path().extension() == ".md") out.push_back(entry.path());
  }
  std::sort(out.begin() + 1, out.end());
  return out;
}

class DocsTest : public ::testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
    run_file(source_db_, std::string(PGCLONE_SOURCE_DIR) + "/script/shop.sql",
             {"-v", "orders=1000"});
    source_.exec(
        "DO $$ BEGIN IF to_regrole('reader') IS NULL THEN"
        " CREATE ROLE reader SUPERUSER LOGIN; END IF; END $$");
  }

  // The real source in the place of the example's.
  std::string with_source(std::string sql) {
    const std::string literal = sql::literal(source_db_.conninfo());
    const std::string quoted = literal.substr(1, literal.size() - 2);
    sql = std::regex_replace(sql, std::regex("host=source\\.example[^']*"), quoted);
    return std::regex_replace(sql, std::regex("host 'source\\.example', dbname 'shop'"),
                              "host '" + source_server().socket_dir() + "', port '" +
                                  std::to_string(source_server().port()) + "', dbname '" +
                                  source_db_.name() + "'");
  }

  // What a user would see.
  std::string psql(const std::string& sql) {
    const std::string file = target_server().socket_dir() + "/example.sql";
    std::ofstream(file) << with_source(sql);
    const std::string shell = "exec \"$@\" <" + file + " 2>&1";
    return test::check_process({"sh", "-c", shell, "sh", std::string(PGCLONE_PG_BINDIR) + "/psql",
                                "-X", "-d", target_db_.conninfo()},
                               {{"PGCLIENTENCODING", "UTF8"}, {"LC_ALL", "C.UTF-8"}});
  }

  void run_example(const Block& example, const Block* output) {
    const std::string actual = psql(example.text);
    if (output != nullptr) {
      EXPECT_TRUE(output_matches(actual, output->text)) << "line " << example.line << ":\n"
                                                        << example.text << "printed:\n"
                                                        << actual;
    } else {
      EXPECT_THAT(actual, Not(HasSubstr("ERROR:"))) << "line " << example.line;
    }
  }

  TempDatabase source_db_{source_server()};
  TempDatabase target_db_{target_server()};
  Sql source_ = source_db_.connect();
};

TEST_P(DocsTest, EveryExampleRuns) {
  const std::vector<Block> blocks = read_page(GetParam());
  bool creates_extension = false;
  for (const Block& block : blocks) {
    creates_extension |=
        block.kind == "sql" && block.text.find("CREATE EXTENSION pgclone") != std::string::npos;
  }
  if (!creates_extension) psql("CREATE EXTENSION pgclone;");
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].kind == "source") source_.exec(blocks[i].text);
    if (blocks[i].kind == "test") run_example(blocks[i], nullptr);
    if (blocks[i].kind == "sql") {
      const bool has_output = i + 1 < blocks.size() && blocks[i + 1].kind == "text";
      run_example(blocks[i], has_output ? &blocks[i + 1] : nullptr);
    }
  }
}

std::string page_name(const ::testing::TestParamInfo<fs::path>& page) {
  std::string name = page.param.stem().string();
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
  return name;
}

INSTANTIATE_TEST_SUITE_P(Pages, DocsTest, ::testing::ValuesIn(pages()), page_name);

TEST(DocsMatching, AnEllipsisIsAnyTextWithinALine) {
  EXPECT_TRUE(output_matches("a 12 b\nc\n", "a … b\nc"));
  EXPECT_TRUE(output_matches("a\n\nb  \n", "a\nb"));
  EXPECT_FALSE(output_matches("a 12 b\nd\n", "a … b\nc"));
  EXPECT_FALSE(output_matches("a 12 x\n", "a … b"));
  EXPECT_FALSE(output_matches("a\n", "a\nb"));
  EXPECT_FALSE(output_matches("ab\n", "a"));
}

}  // namespace
}  // namespace pgclone::integration
