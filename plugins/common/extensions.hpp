// Extensions that a clone needs: those that the target lacks are created, each in the schema that
// it has on the source and after those that it requires, with the rows that are its configuration.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/host.hpp"

namespace pgclone::common {

struct Extension {
  std::string name;
  std::string schema;       // where it is to be on the target
  std::string made_schema;  // one that its own script makes; empty: none
  std::vector<std::uint32_t> requires_oids;
};

// Schemas by their names on the source and on the target.
struct ExtensionHome {
  std::string source;  // the schema that is cloned
  std::string target;  // what stands for it on the target, where the clone ends up
};

class Extensions {
 public:
  // Only reads. `names`: what `user` (`schema "s"`) needs, as the source calls them; what these
  // require comes along. Throws Error(42704) with the list of what the target lacks, has in another
  // schema, or, with the option "extensions", can't create.
  Extensions(PlanContext& context, ExtensionHome home, const std::set<std::string>& names,
             const std::string& user);

  // Whether the job creates it.
  [[nodiscard]] bool creates(std::string_view name) const;
  // Whether one of those that are needed makes a schema of this name by itself.
  [[nodiscard]] bool make_schema(std::string_view schema) const;

  // The steps that create them, in the group of the target schema, for which all others wait; and
  // those that copy their configuration. `configured`: extensions that are there already, but whose
  // configuration lies in the cloned schema.
  void write(std::string_view target_schema, const std::set<std::string>& configured = {}) const;

 private:
  void read_closure(const std::set<std::string>& names);
  void compare(const std::set<std::string>& names, const std::string& user);
  void check_available() const;
  void visit(std::uint32_t oid, std::set<std::uint32_t>& seen);
  void write_rows(const std::set<std::string>& names) const;
  [[nodiscard]] std::vector<std::string> statements(const Extension& extension,
                                                    std::set<std::string>& schemas) const;

  PlanContext& context_;
  ExtensionHome home_;
  std::map<std::uint32_t, Extension> all_;  // by the source's OID
  std::vector<Extension> create_;           // in the order of what they require
};

// Extensions of the source whose configuration (pg_extension_config_dump) lies in this schema.
std::set<std::string> extensions_configured_in(Session& source, std::string_view schema_oid);

}  // namespace pgclone::common
