// What every reader of a kind of object needs: the schema, the target's name for it, and the plan.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "common/extension_marks.hpp"
#include "common/extensions.hpp"
#include "common/implicit_operators.hpp"
#include "dependencies.hpp"
#include "pgclone/plugin/host.hpp"
#include "rows.hpp"
#include "step.hpp"

namespace pgclone::schema {

// Catalogs beyond those that the contract names.
namespace catalog {
using namespace pgclone::catalog;
inline constexpr std::uint32_t kAmop = 2602;
inline constexpr std::uint32_t kAmproc = 2603;
inline constexpr std::uint32_t kCast = 2605;
inline constexpr std::uint32_t kConversion = 2607;
inline constexpr std::uint32_t kOpclass = 2616;
inline constexpr std::uint32_t kOpfamily = 2753;
inline constexpr std::uint32_t kTransform = 3576;
inline constexpr std::uint32_t kTsDict = 3600;
inline constexpr std::uint32_t kTsParser = 3601;
inline constexpr std::uint32_t kTsConfig = 3602;
inline constexpr std::uint32_t kTsTemplate = 3764;
}  // namespace catalog

struct Scope {
  PlanContext& context;
  std::string source_schema;
  std::string target_schema;
  std::string final_schema;  // where the clone ends up: CloneRequest::final_schema
  std::string schema_oid;    // of the source schema, as SQL writes it
  Dependencies dependencies;
  common::ImplicitOperators operators;
  // Left out on the user's wish, with everything that needs it.
  ObjectIdSet excluded = {};
  // Statements that complete a view, materialized view or composite type (comments of columns,
  // their settings), by the relation's OID.
  std::unordered_map<std::uint32_t, std::vector<std::string>> after_create = {};
  // Statements that give an object its owner and its privileges; they follow the one that makes it.
  std::unordered_map<ObjectId, std::vector<std::string>, ObjectIdHash> rights = {};
  // Types that exist as a shell first, and the object that stands for the finished type (its
  // array type): its functions need the shell, the finished type needs the functions.
  std::unordered_map<std::uint32_t, ObjectId> completed_types = {};

  // Those that the schema needs, once check_references() has looked for them.
  std::unique_ptr<common::Extensions> extensions = {};
  common::ExtensionMarks marks = common::ExtensionMarks(context);

  [[nodiscard]] std::vector<Row> read(std::string_view sql) const {
    return schema::read(context.source(), sql);
  }
  [[nodiscard]] Row read_one(std::string_view sql) const {
    return schema::read_one(context.source(), sql);
  }
  [[nodiscard]] bool option(std::string_view name) const { return context.options().boolean(name); }
  // The schema's own OID.
  [[nodiscard]] std::uint32_t schema() const;
  [[nodiscard]] std::string qualified(std::string_view name) const;
  // SQL that prints the qualified name of an object, with the target's name for our schema; `ns` is
  // the alias of its pg_namespace row, `name` an expression. For places where PostgreSQL's own
  // regproc-like output would name the source schema (an overloaded function, for instance).
  [[nodiscard]] std::string name_sql(std::string_view ns, std::string_view name) const;
  // The same for a row found by OID in a catalog whose columns begin with `prefix`; a scalar
  // subquery, NULL when there is no such object.
  [[nodiscard]] std::string catalog_name_sql(std::string_view catalog, std::string_view prefix,
                                             std::string_view oid) const;
  [[nodiscard]] std::string function_name_sql(std::string_view oid) const;
  // OPERATOR(schema.name), and schema.name.
  [[nodiscard]] std::string operator_name_sql(std::string_view oid) const;
  [[nodiscard]] std::string operator_bare_name_sql(std::string_view oid) const;
  [[nodiscard]] std::string collation_name_sql(std::string_view oid) const;
};

// SQL: the object belongs to no extension and is not an implementation detail of another object.
std::string free_standing_sql(std::uint32_t classid, std::string_view oid);

// The source's OIDs "classid:objid classid:objid …", zeros left out.
std::vector<ObjectId> parse_object_ids(std::string_view text);

// The definition in `column` was cut out of PostgreSQL's deparsed text by rebuilding what stands
// before it; NULL: that text has another form than we know. Throws Error then.
void require_definition(const Row& row, std::size_t column, std::string_view kind,
                        std::string_view name);

// Appends what gives the object its owner and its privileges.
void append_rights(const Scope& scope, ObjectId object, std::vector<std::string>& statements);

// Adds a step per row of a query with these columns:
//   oid, name, arguments (with parentheses, or NULL), kind (word of ALTER and DROP), words after
//   CREATE, definition after the name, comment, objects that it provides (see parse_object_ids).
// An own COMMENT statement follows each, and those of its columns. With `compose` the definition is
// made here, of what comes behind those columns.
using Compose = std::function<std::string(const Row&)>;
void add_objects(Scope& scope, std::uint32_t classid, std::string_view sql,
                 const Compose& compose = nullptr);

// Names of steps: `view "s"."v"`.
std::string group_name(const Scope& scope, std::string_view kind, std::string_view name,
                       std::string_view arguments = {});

// COMMENT ON <object> IS …; the object in SQL.
std::string comment_statement(std::string_view object, std::string_view comment);

}  // namespace pgclone::schema
