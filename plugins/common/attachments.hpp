// What hangs on a relation beside its columns, and names it in the middle of its definition: rules,
// policies, triggers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pgclone/plugin/model.hpp"
#include "pgclone/plugin/session.hpp"

namespace pgclone::common {

struct AttachmentKind {
  std::uint32_t classid = 0;
  std::string_view name;   // what users see
  std::string_view words;  // of COMMENT ON and ALTER TABLE
};
inline constexpr AttachmentKind kRule = {catalog::kRewrite, "rule", "RULE"};
inline constexpr AttachmentKind kPolicy = {catalog::kPolicy, "policy", "POLICY"};
inline constexpr AttachmentKind kTrigger = {catalog::kTrigger, "trigger", "TRIGGER"};

struct Attachment {
  AttachmentKind kind;
  ObjectId id;
  std::uint32_t relation = 0;
  std::string relation_name;
  std::string name;
  std::string head;  // CREATE …, up to the relation
  std::string tail;  // and what follows it
  std::optional<std::string> comment;
  std::string state;  // DISABLE, ENABLE REPLICA, ENABLE ALWAYS; empty: as it comes
};

// `query` gives: oid, relation's oid, relation's name, name, head, tail, comment, state. Where the
// tail is cut out of PostgreSQL's deparsed text by rebuilding what stands before it, it is NULL
// when that text has another form than we know. Throws Error then.
std::vector<Attachment> read_attachments(Session& source, const AttachmentKind& kind,
                                         const std::string& query);
// `relations`: a query for OIDs.
std::vector<Attachment> read_rules(Session& source, const std::string& relations);
std::vector<Attachment> read_policies(Session& source, const std::string& relations);

// The statements that make it on the relation, which is given in SQL.
std::vector<std::string> create_attachment(const Attachment& attachment,
                                           const std::string& relation);
// `rule "r" on <relation>`: the group and the key of its step.
std::string attachment_key(const Attachment& attachment, const std::string& relation);

}  // namespace pgclone::common
