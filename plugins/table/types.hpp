// What the source knows about the types of columns.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "model.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::table {

struct TypeInfo {
  // Of the element, when it is an array: an array comes with its element.
  std::string name;  // ready to print
  std::string schema;
  std::string extension;  // that owns it; empty: none
  bool built_in = false;
  // Its binary form means the same on every server: built-in base types, and containers of such
  // that carry no OIDs of their own.
  bool portable_binary = false;
  bool names_objects = false;  // a value may be, or contain, the name of an object
};

std::map<Oid, TypeInfo> read_types(Session& source, const TableSet& set);

// The first column that keeps a table from being sent in binary; null when all can.
const Column* text_only_column(const Table& table, const std::map<Oid, TypeInfo>& types);

}  // namespace pgclone::table
