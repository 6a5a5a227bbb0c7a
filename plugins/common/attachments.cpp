#include "common/attachments.hpp"

#include "common/definition_head.hpp"
#include "common/unexpected_form.hpp"
#include "pgclone/plugin/sql.hpp"

namespace pgclone::common {

void require_head(const std::string& head, std::string_view words, const std::string& name) {
  if (head.starts_with("CREATE " + std::string(words) + " ")) return;
  refuse_form(std::string(words) + " " + sql::identifier(name), head);
}

std::vector<Attachment> read_attachments(Session& source, const AttachmentKind& kind,
                                         const std::string& query) {
  std::vector<Attachment> found;
  const Result& result = source.query(query);
  for (std::size_t row = 0; row < result.rows(); ++row) {
    const auto text = [&](std::size_t column) { return std::string(result.text(row, column)); };
    if (result.is_null(row, 5))
      refuse_form(std::string(kind.name) + " " + sql::identifier(text(3)));
    Attachment& item = found.emplace_back();
    item.kind = kind;
    item.id = {kind.classid, result.oid(row, 0)};
    item.relation = result.oid(row, 1);
    item.relation_name = text(2);
    item.name = text(3);
    item.head = text(4);
    require_head(item.head, kind.words, item.name);
    item.tail = text(5);
    if (!result.is_null(row, 6)) item.comment = text(6);
    item.state = text(7);
  }
  return found;
}

std::vector<Attachment> read_rules(Session& source, const std::string& relations) {
  return read_attachments(
      source, kRule,
      "SELECT r.oid, c.oid, c.relname, r.rulename, 'CREATE RULE '"
      " || pg_catalog.quote_ident(r.rulename) || ' AS ON ' || k.event || ' TO ',"
      " CASE WHEN pg_catalog.starts_with(k.def, k.head || k.target) THEN pg_catalog.rtrim("
      "pg_catalog.substr(k.def, pg_catalog.length(k.head || k.target) + 1), ';') END,"
      " pg_catalog.obj_description(r.oid, 'pg_rewrite'), CASE r.ev_enabled WHEN 'D'"
      " THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_rewrite r ON r.ev_class = c.oid"
      " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
      " CROSS JOIN LATERAL (SELECT e.event, 'CREATE RULE ' || pg_catalog.quote_ident(r.rulename)"
      " || E' AS\\n    ON ' || e.event || ' TO ' AS head, pg_catalog.quote_ident(n.nspname) || '.'"
      " || pg_catalog.quote_ident(c.relname) AS target, pg_catalog.pg_get_ruledef(r.oid) AS def"
      " FROM (SELECT CASE r.ev_type WHEN '2' THEN 'UPDATE' WHEN '3' THEN 'INSERT'"
      " ELSE 'DELETE' END AS event) e) k WHERE r.rulename <> '_RETURN' AND c.oid IN (" +
          relations + ") ORDER BY c.relname, r.rulename");
}

std::vector<Attachment> read_policies(Session& source, const std::string& relations) {
  return read_attachments(
      source, kPolicy,
      "SELECT p.oid, c.oid, c.relname, p.polname, 'CREATE POLICY '"
      " || pg_catalog.quote_ident(p.polname) || ' ON ',"
      " CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END || ' FOR '"
      " || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'"
      " WHEN 'd' THEN 'DELETE' ELSE 'ALL' END || ' TO ' || (SELECT pg_catalog.string_agg("
      "CASE o.role WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident("
      "pg_catalog.pg_get_userbyid(o.role)) END, ', ') FROM pg_catalog.unnest(p.polroles) o(role))"
      " || coalesce(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')"
      " || coalesce(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')',"
      " ''), pg_catalog.obj_description(p.oid, 'pg_policy'), ''"
      " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid"
      " WHERE c.oid IN (" +
          relations + ") ORDER BY c.relname, p.polname");
}

std::vector<std::string> create_attachment(const Attachment& attachment,
                                           const std::string& relation) {
  const std::string name =
      std::string(attachment.kind.words) + " " + sql::identifier(attachment.name);
  std::vector<std::string> statements = {attachment.head + relation + attachment.tail};
  if (attachment.comment) {
    statements.push_back("COMMENT ON " + name + " ON " + relation + " IS " +
                         sql::literal(*attachment.comment));
  }
  if (!attachment.state.empty()) {
    statements.push_back("ALTER TABLE " + relation + " " + attachment.state + " " + name);
  }
  return statements;
}

std::string attachment_key(const Attachment& attachment, const std::string& relation) {
  return std::string(attachment.kind.name) + " " + sql::identifier(attachment.name) + " on " +
         relation;
}

}  // namespace pgclone::common
