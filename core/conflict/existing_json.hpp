// An existing object inside a step's payload.
#pragma once

#include <boost/json.hpp>

#include "conflict/existing.hpp"

namespace pgclone::conflict {

inline boost::json::object to_json(const ExistingObject& existing) {
  return {{"classid", existing.id.classid}, {"objid", existing.id.objid},
          {"kind", existing.name.kind},     {"schema", existing.name.schema},
          {"name", existing.name.name},     {"arguments", existing.name.arguments},
          {"identity", existing.identity}};
}

inline ExistingObject existing_from_json(const boost::json::object& object) {
  ExistingObject existing;
  existing.id = {object.at("classid").to_number<std::uint32_t>(),
                 object.at("objid").to_number<std::uint32_t>()};
  existing.name =
      plan::OwnedName({object.at("kind").as_string(), object.at("schema").as_string(),
                       object.at("name").as_string(), object.at("arguments").as_string()});
  existing.identity = object.at("identity").as_string();
  return existing;
}

}  // namespace pgclone::conflict
