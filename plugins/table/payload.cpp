#include "payload.hpp"

#include <boost/json.hpp>

#include "pgclone/plugin/error.hpp"

namespace pgclone::table {

namespace json = boost::json;

namespace {

std::string member(const json::value& value, std::string_view name) {
  const json::string& text = value.as_object().at(name).as_string();
  return std::string(text.data(), text.size());
}

template <typename Read>
auto parsed(std::string_view text, Read read) {
  json::parse_options lenient;
  lenient.allow_invalid_utf8 = true;  // names are in the database's encoding
  try {
    return read(json::parse(text, {}, lenient));
  } catch (const std::exception& error) {
    throw Error(sqlstate::kInternalError, "cannot read the payload of a table's step")
        .with_detail(error.what());
  }
}

}  // namespace

std::string to_json(const CopyPayload& payload) {
  json::array columns;
  for (const std::string& column : payload.columns) columns.emplace_back(column);
  json::object out{{"copy_out", payload.copy_out},
                   {"schema", payload.schema},
                   {"relation", payload.relation},
                   {"columns", std::move(columns)},
                   {"freeze", payload.freeze},
                   {"format", payload.format == CopyFormat::binary ? "binary" : "text"}};
  if (payload.converted_from) {
    out["converted_from"] = json::object{{"relation", payload.converted_from->relation},
                                         {"condition", payload.converted_from->condition}};
  }
  return json::serialize(out);
}

std::string to_json(const SequencePayload& payload) {
  return json::serialize(json::object{{"source", payload.source}, {"target", payload.target}});
}

CopyPayload copy_payload(std::string_view text) {
  return parsed(text, [](const json::value& value) {
    CopyPayload payload;
    payload.copy_out = member(value, "copy_out");
    payload.schema = member(value, "schema");
    payload.relation = member(value, "relation");
    for (const json::value& column : value.as_object().at("columns").as_array()) {
      payload.columns.emplace_back(column.as_string().data(), column.as_string().size());
    }
    payload.format = member(value, "format") == "binary" ? CopyFormat::binary : CopyFormat::text;
    payload.freeze = value.as_object().at("freeze").as_bool();
    if (const json::value* from = value.as_object().if_contains("converted_from")) {
      payload.converted_from = CopyOrigin{member(*from, "relation"), member(*from, "condition")};
    }
    return payload;
  });
}

SequencePayload sequence_payload(std::string_view text) {
  return parsed(text, [](const json::value& value) {
    return SequencePayload{member(value, "source"), member(value, "target")};
  });
}

}  // namespace pgclone::table
