// A schema in the making: the statements so far, and what they have made that others may use.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/random_schema/names.hpp"
#include "support/random_schema/random.hpp"

namespace pgclone::test::random_schema {

// Pieces in the order in which they are written: the operands of + have none, and each may draw a
// random number.
std::string text(std::initializer_list<std::string_view> pieces);
std::string joined(const std::vector<std::string>& items, std::string_view between = ", ");

struct Type {
  std::string sql;
  std::function<std::string(Random&)> value;  // an expression of that type, never NULL
  bool ordered = false;                       // has a default btree operator class
  bool hashed = false;                        // has a default hash operator class
  bool operators = false;  // = and < are found by themselves: not for domains over polymorphism
  bool nullable = true;
  bool builtin = true;
  bool stable_hash = true;  // the same on every server
};

struct Column {
  std::string name;  // quoted
  Type type;
  bool not_null = false;
  std::string collation = {};  // as it is declared
  bool generated = false;      // GENERATED ALWAYS AS (…) STORED
  bool identity_always = false;
};

enum class Form { table, partitioned, foreign, view, matview };

struct Relation {
  std::string name;  // quoted, with its schema
  Form form = Form::table;
  std::vector<Column> columns;
  std::vector<std::vector<std::size_t>> keys;  // unique, not deferrable, over columns
  std::size_t rows = 0;                        // an upper bound
  bool numbered = false;                       // the first column is the number of the row
  bool fixed = false;                          // takes no more columns: typed, or a child
  bool has_children = false;
  bool unlogged = false;
  bool in_tree = false;  // is a partition or inherits
  std::string partition_of = {};
};

// A composite type or table whose rows are values.
struct Composite {
  std::string name;
  std::vector<Column> columns;
};

// An operator of ours between two values of a type, or an operator class for it.
struct TypeAbility {
  std::string type;
  std::string name;  // quoted, with its schema
};

struct Routine {
  std::string name;  // quoted, with its schema
  std::vector<Type> arguments;
  Type result;
  bool immutable = false;
  bool in_views = true;  // the same result whenever it is called
};

// Something that can be commented, owned and granted, as COMMENT ON writes it.
struct Object {
  std::string kind;
  std::string reference;
  bool ownable = true;
  bool grantable = true;
};

struct Name {
  std::string quoted;
  std::string full;  // with the schema
};

class Builder {
 public:
  Builder(std::uint64_t seed, bool builtin_names);
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  void add(std::initializer_list<std::string_view> pieces) { statements.push_back(text(pieces)); }
  Name fresh();
  std::string fresh_quoted() { return fresh().quoted; }
  // Remembers it for comments, owners and grants.
  void made(std::string_view kind, std::string_view reference, bool ownable = true,
            bool grantable = true);

  // A type of a column; one of ours in about a third of all cases.
  const Type& any_type();
  const Type& ordered_type();
  const Type& builtin_type();
  // NULL at times, when it may be.
  std::string value(const Type& type, int null_percent = 15);
  // An expression of that type: a literal, a call, a case.
  std::string expression(const Type& type, bool immutable = false);
  // One that is computed from a value of that type, as an integer; immutable.
  std::string measured(const Type& type, std::string_view expression);
  // COLLATE …, at times, for what has a collation.
  std::string collation(const Type& type);
  const Type& type_named(std::string_view sql) const;
  // Later types and functions may use this one, and lists of it.
  void keep_type(Type type);
  // A condition on the columns; `holds` for every row.
  std::string condition(const Relation& relation, bool holds, std::string_view alias = {});

  Random random;
  Names names;
  std::string schema;  // not quoted
  std::string quoted_schema;
  std::vector<std::string> statements;
  std::deque<Type> builtin_types;
  std::deque<Type> own_types;
  std::deque<Relation> relations;
  std::deque<Routine> routines;  // that return one value and need no row
  std::vector<Composite> composites;
  std::vector<TypeAbility> comparisons;
  std::vector<TypeAbility> btree_classes;
  std::set<std::string> operator_symbols;
  std::set<std::string> cast_types;
  bool default_conversion = false;
  std::vector<std::string> collations;
  std::vector<std::string> text_search_configurations;
  std::vector<std::string> trigger_functions;
  std::vector<std::string> sequences;
  std::vector<std::vector<std::string>>
      scattered;                      // trees whose rows lie in other leaves elsewhere
  std::vector<std::string> matviews;  // to be refreshed at the end
  std::vector<Object> objects;
};

// Those of pg_catalog that tables are made of, each with values at its edges.
std::deque<Type> builtin_types();
// Lists of them, and rows.
Type array_of(const Type& element);
Type composite_of(const std::string& name, const std::vector<Type>& members);

}  // namespace pgclone::test::random_schema
