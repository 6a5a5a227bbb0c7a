// How SQL tells routines of one name apart.
#pragma once

#include <string_view>

namespace pgclone::sql {

// SQL of what stands behind the name of a routine (a row of pg_proc with the alias p) in ALTER,
// DROP and COMMENT ON: (integer, text), and for procedures, which may differ in their OUT arguments
// alone, (IN integer, OUT text).
inline constexpr std::string_view kRoutineArguments =
    "('(' || CASE p.prokind WHEN 'p' THEN coalesce((SELECT pg_catalog.string_agg("
    "CASE p.proargmodes[a_.n] WHEN 'o' THEN 'OUT ' WHEN 'b' THEN 'INOUT ' WHEN 'v' THEN 'VARIADIC '"
    " ELSE 'IN ' END || pg_catalog.format_type(a_.type, NULL), ', ' ORDER BY a_.n)"
    " FROM pg_catalog.unnest(coalesce(p.proallargtypes, p.proargtypes::pg_catalog.oid[]))"
    " WITH ORDINALITY a_(type, n)), '') ELSE pg_catalog.oidvectortypes(p.proargtypes) END || ')')";

}  // namespace pgclone::sql
