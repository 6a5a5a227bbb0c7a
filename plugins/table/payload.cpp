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

std::vector<std::string> members(const json::value& value, std::string_view name) {
  std::vector<std::string> texts;
  for (const json::value& item : value.as_object().at(name).as_array()) {
    texts.emplace_back(item.as_string().data(), item.as_string().size());
  }
  return texts;
}

json::array list(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

json::object object(const common::Listed& listed) {
  return {{"oid", listed.oid}, {"label", listed.label}};
}

common::Listed listed(const json::value& value) {
  return {value.as_object().at("oid").to_number<std::uint32_t>(), member(value, "label")};
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
  json::object out{{"copy_out", payload.copy_out},
                   {"schema", payload.schema},
                   {"relation", payload.relation},
                   {"columns", list(payload.columns)},
                   {"freeze", payload.freeze},
                   {"source", object(payload.source)},
                   {"hold", payload.hold},
                   {"reads_views", payload.reads_views},
                   {"format", payload.format == CopyFormat::binary ? "binary" : "text"}};
  if (payload.converted_from) {
    out["converted_from"] = json::object{{"relation", payload.converted_from->relation},
                                         {"condition", payload.converted_from->condition}};
  }
  return json::serialize(out);
}

std::string to_json(const SequencePayload& payload) {
  return json::serialize(json::object{
      {"source", object(payload.source)}, {"target", payload.target}, {"there", payload.there}});
}

std::string to_json(const EmptyPayload& payload) {
  return json::serialize(
      json::object{{"relations", list(payload.relations)}, {"held", payload.held}});
}

CopyPayload copy_payload(std::string_view text) {
  return parsed(text, [](const json::value& value) {
    CopyPayload payload;
    payload.copy_out = member(value, "copy_out");
    payload.schema = member(value, "schema");
    payload.relation = member(value, "relation");
    payload.columns = members(value, "columns");
    payload.format = member(value, "format") == "binary" ? CopyFormat::binary : CopyFormat::text;
    payload.freeze = value.as_object().at("freeze").as_bool();
    payload.source = listed(value.as_object().at("source"));
    payload.hold = value.as_object().at("hold").as_bool();
    payload.reads_views = value.as_object().at("reads_views").as_bool();
    if (const json::value* from = value.as_object().if_contains("converted_from")) {
      payload.converted_from = CopyOrigin{member(*from, "relation"), member(*from, "condition")};
    }
    return payload;
  });
}

SequencePayload sequence_payload(std::string_view text) {
  return parsed(text, [](const json::value& value) {
    return SequencePayload{listed(value.as_object().at("source")), member(value, "target"),
                           value.as_object().at("there").as_bool()};
  });
}

EmptyPayload empty_payload(std::string_view text) {
  return parsed(text, [](const json::value& value) {
    return EmptyPayload{members(value, "relations"), value.as_object().at("held").as_bool()};
  });
}

}  // namespace pgclone::table
