// Storage parameters: of relations, their TOAST tables and columns. The catalogs keep more in the
// same place than anybody has set (an internal option of some minor releases), and a source may
// know what the target doesn't. So only what PostgreSQL documents for such an object, and the
// target's version has, is asked for; an access method of an extension has parameters of its own.
#pragma once

#include <string>
#include <string_view>

#include "pgclone/plugin/host.hpp"

namespace pgclone::common {

// SQL of a text, name='value', name='value': those of `options` (a text[]) that go to the target;
// NULL: none. `of` is what they are of, as SQL of a text: 'heap', 'toast', 'column', 'view', or the
// name of an index's access method. `prefix` goes before each name.
std::string kept_options_sql(const Session& target, std::string_view of, std::string_view options,
                             std::string_view prefix = {});
// SQL of a text: all of them, as PostgreSQL prints them inside of a definition.
std::string deparsed_options_sql(std::string_view options);

// One NOTICE for all that doesn't go to the target, but for what is known as internal. `relations`:
// a query for OIDs.
void report_left_out_options(PlanContext& context, const std::string& relations);

}  // namespace pgclone::common
