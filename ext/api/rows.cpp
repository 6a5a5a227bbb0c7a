#include <optional>
#include <string>
#include <vector>

#include "guard/server_call.hpp"

#include "server.hpp"

#include "api/rows.hpp"

namespace pgclone::api {

namespace {

// The input functions only read the text, but their interface says char*.
std::vector<char*> pointers_to(const std::vector<TextRow>& rows) {
  std::vector<char*> out;
  for (const TextRow& row : rows) {
    for (const auto& value : row)
      out.push_back(value ? const_cast<char*>(value->c_str()) : nullptr);
  }
  return out;
}

}  // namespace

Datum return_rows(FunctionCallInfo fcinfo, const std::vector<TextRow>& rows) {
  std::vector<char*> values = pointers_to(rows);
  guard::server_call([fcinfo, &values] {
    InitMaterializedSRF(fcinfo, 0);
    auto* const info = static_cast<ReturnSetInfo*>(static_cast<void*>(fcinfo->resultinfo));
    AttInMetadata* const columns = TupleDescGetAttInMetadata(info->setDesc);
    const auto width = static_cast<size_t>(info->setDesc->natts);
    for (size_t first = 0; first + width <= values.size(); first += width) {
      HeapTuple const tuple = BuildTupleFromCStrings(columns, values.data() + first);
      tuplestore_puttuple(info->setResult, tuple);
      heap_freetuple(tuple);
    }
  });
  return Datum{};
}

}  // namespace pgclone::api
