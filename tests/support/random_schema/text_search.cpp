// Collations, conversions, and the four kinds of text search objects.
#include "support/random_schema/families.hpp"

namespace pgclone::test::random_schema {

void make_collation(Builder& b) {
  const Name name = b.fresh();
  switch (b.random.below(3)) {
    case 0:
      b.add({"CREATE COLLATION ", name.full, " FROM \"C\""});
      b.collations.push_back(name.full);
      break;
    case 1:
      b.add({"CREATE COLLATION ", name.full, " (PROVIDER = icu, LOCALE = 'de-DE-u-co-phonebk')"});
      b.collations.push_back(name.full);
      break;
    default:
      // Pattern operators refuse it, so no column has it.
      b.add({"CREATE COLLATION ", name.full,
             " (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false)"});
  }
  b.made("COLLATION", name.full);
}

void make_conversion(Builder& b) {
  const Name name = b.fresh();
  b.add({"CREATE ", b.random.chance(30) && !b.default_conversion ? "DEFAULT " : "", "CONVERSION ",
         name.full, " FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8"});
  b.default_conversion = b.default_conversion || b.statements.back().starts_with("CREATE DEFAULT");
  b.made("CONVERSION", name.full);
}

void make_text_search(Builder& b) {
  const Name tmpl = b.fresh();
  const Name dict = b.fresh();
  const Name parser = b.fresh();
  const Name config = b.fresh();
  const bool own_template = b.random.chance(50);
  const bool own_parser = b.random.chance(50);
  if (own_template) {
    b.add({"CREATE TEXT SEARCH TEMPLATE ", tmpl.full,
           " (INIT = dsimple_init, LEXIZE = dsimple_lexize)"});
    b.made("TEXT SEARCH TEMPLATE", tmpl.full, false);
  }
  b.add({"CREATE TEXT SEARCH DICTIONARY ", dict.full,
         " (TEMPLATE = ", own_template ? tmpl.full : std::string("simple"),
         ", ACCEPT = ", b.random.chance(50) ? "false" : "true", ")"});
  b.made("TEXT SEARCH DICTIONARY", dict.full);
  if (own_parser) {
    b.add({"CREATE TEXT SEARCH PARSER ", parser.full,
           " (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES ="
           " prsd_lextype, HEADLINE = prsd_headline)"});
    b.made("TEXT SEARCH PARSER", parser.full, false);
  }
  b.add({"CREATE TEXT SEARCH CONFIGURATION ", config.full,
         " (PARSER = ", own_parser ? parser.full : std::string("\"default\""), ")"});
  b.add({"ALTER TEXT SEARCH CONFIGURATION ", config.full,
         " ADD MAPPING FOR asciiword, word, \"int\" WITH ", dict.full,
         b.random.chance(50) ? ", simple" : ""});
  b.made("TEXT SEARCH CONFIGURATION", config.full);
  b.text_search_configurations.push_back(config.full);
}

}  // namespace pgclone::test::random_schema
