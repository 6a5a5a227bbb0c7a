// Arguments and results of SQL functions; include server.hpp before. All may throw ServerError.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "guard/server_call.hpp"

namespace pgclone::guard {

// A text argument (detoasted); nullopt for NULL.
inline std::optional<std::string> text_argument(FunctionCallInfo fcinfo, int index) {
  if (PG_ARGISNULL(index)) return std::nullopt;
  const text* const value = server_call([=] { return PG_GETARG_TEXT_PP(index); });
  return std::string(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

// Any argument through its type's output function (jsonb, interval, …); nullopt for NULL.
inline std::optional<std::string> printed_argument(FunctionCallInfo fcinfo, int index) {
  if (PG_ARGISNULL(index)) return std::nullopt;
  const char* const printed = server_call([=] {
    Oid output = InvalidOid;
    bool varlena = false;
    getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, index), &output, &varlena);
    return OidOutputFunctionCall(output, PG_GETARG_DATUM(index));
  });
  return std::string(printed);
}

// A text value in the current memory context.
inline Datum text_datum(std::string_view value) {
  return server_call([value] {
    return PointerGetDatum(cstring_to_text_with_len(value.data(), static_cast<int>(value.size())));
  });
}

}  // namespace pgclone::guard
