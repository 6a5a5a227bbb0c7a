// A table with every built-in type whose binary form is portable, and the types' extreme values.
#pragma once

#include <string>

namespace pgclone::test {

// Statements that make and fill it: a column per type, a row per value, and a key `id`.
std::string table_of_every_type(const std::string& table);

}  // namespace pgclone::test
