#include "conflict/belongings.hpp"

#include "pgclone/plugin/sql.hpp"

namespace pgclone::conflict {
namespace {

// A composite type is a class to the catalog; with its row type's OID it is treated as a type.
constexpr std::string_view kGiven = R"sql(
WITH asked AS (
  SELECT s.classid, s.objid
  FROM ROWS FROM (pg_catalog.unnest($1::oid[]), pg_catalog.unnest($2::oid[])) AS s(classid, objid)
  UNION
  SELECT 1259, d.objid
  FROM pg_catalog.unnest($2::oid[]) AS s(objid)
  JOIN pg_catalog.pg_depend d ON d.refclassid = 1259 AND d.refobjid = s.objid AND d.classid = 1259
       AND d.deptype IN ('a', 'i')
  JOIN pg_catalog.pg_class q ON q.oid = d.objid AND q.relkind = 'S'
), given AS MATERIALIZED (
  SELECT a.classid, a.objid, i.type AS kind, i.identity AS name
  FROM asked a CROSS JOIN LATERAL pg_catalog.pg_identify_object(a.classid, a.objid, 0) i
), rel AS MATERIALIZED (
  SELECT g.classid, g.objid, g.kind, g.name, c.relkind, c.relowner, c.relacl, c.relnamespace,
         c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.reltoastrelid, c.relreplident,
         c.reltablespace, c.relpersistence, c.relam
  FROM given g JOIN pg_catalog.pg_class c ON g.classid = 1259 AND c.oid = g.objid AND c.relkind <> 'c'
), typ AS MATERIALIZED (
  SELECT g.classid, g.objid, g.kind, g.name, t.oid, t.typowner, t.typacl, t.typnamespace
  FROM given g
  JOIN pg_catalog.pg_type t ON t.oid = CASE g.classid WHEN 1247 THEN g.objid
       ELSE (SELECT c.reltype FROM pg_catalog.pg_class c WHERE c.oid = g.objid) END
  WHERE g.classid = 1247 OR g.kind = 'composite type'
), col AS MATERIALIZED (
  SELECT r.*, a.attnum, a.attname, pg_catalog.quote_ident(a.attname) AS attr, a.attacl, a.attnotnull,
         a.attstattarget, a.attoptions, a.attstorage, a.attcompression, a.atthasdef, a.attgenerated,
         a.atttypid
  FROM rel r
  JOIN pg_catalog.pg_attribute a ON a.attrelid = r.objid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE r.relkind <> 'S'
), owned(classid, objid, words, owner, nsp, name) AS (
  SELECT classid, objid, 'TABLE', relowner, relnamespace, name FROM rel
  WHERE relkind <> 'S' OR NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 1259
    AND d.objid = rel.objid AND d.refclassid = 1259 AND d.deptype IN ('a', 'i'))
  UNION ALL SELECT classid, objid, 'TYPE', typowner, typnamespace, name FROM typ
  UNION ALL SELECT g.classid, g.objid, 'ROUTINE', p.proowner, p.pronamespace, g.name
  FROM given g JOIN pg_catalog.pg_proc p ON g.classid = 1255 AND p.oid = g.objid
  UNION ALL SELECT g.classid, g.objid, CASE g.classid WHEN 3381 THEN 'STATISTICS' ELSE pg_catalog.upper(g.kind) END,
                   x.owner, x.nsp, g.name
  FROM given g JOIN (
    SELECT 3456, oid, collowner, collnamespace FROM pg_catalog.pg_collation
    UNION ALL SELECT 2607, oid, conowner, connamespace FROM pg_catalog.pg_conversion
    UNION ALL SELECT 2617, oid, oprowner, oprnamespace FROM pg_catalog.pg_operator
    UNION ALL SELECT 2616, oid, opcowner, opcnamespace FROM pg_catalog.pg_opclass
    UNION ALL SELECT 2753, oid, opfowner, opfnamespace FROM pg_catalog.pg_opfamily
    UNION ALL SELECT 3602, oid, cfgowner, cfgnamespace FROM pg_catalog.pg_ts_config
    UNION ALL SELECT 3600, oid, dictowner, dictnamespace FROM pg_catalog.pg_ts_dict
    UNION ALL SELECT 3381, oid, stxowner, stxnamespace FROM pg_catalog.pg_statistic_ext
  ) x(class, oid, owner, nsp) ON x.class = g.classid AND x.oid = g.objid
), acls(classid, objid, words, name, col, attr, owner, given_acl, acl) AS (
  SELECT classid, objid, CASE relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, name, NULL::name, '', relowner, relacl,
         COALESCE(relacl, pg_catalog.acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
  FROM rel
  UNION ALL SELECT classid, objid, 'TABLE', name, attname, ' (' || attr || ')', relowner, attacl, attacl
  FROM col WHERE attacl IS NOT NULL
  UNION ALL SELECT classid, objid, 'TYPE', name, NULL, '', typowner, typacl,
                   COALESCE(typacl, pg_catalog.acldefault('T', typowner)) FROM typ
  UNION ALL SELECT g.classid, g.objid, 'ROUTINE', g.name, NULL, '', p.proowner, p.proacl,
                   COALESCE(p.proacl, pg_catalog.acldefault('f', p.proowner))
  FROM given g JOIN pg_catalog.pg_proc p ON g.classid = 1255 AND p.oid = g.objid
)
)sql";

// Statements are written here and nowhere else, from names of this server, each of them quoted.
constexpr std::string_view kRights = R"sql(
SELECT o.classid, o.objid, 'o' AS care, NULL::name AS col, 'owner ' || r.rolname AS what,
       pg_catalog.format('ALTER %s %s OWNER TO %I', o.words, o.name, r.rolname) AS make, NULL AS unmake
FROM owned o JOIN pg_catalog.pg_roles r ON r.oid = o.owner
UNION ALL
SELECT o.classid, o.objid, 'w', NULL, 'role ' || pg_catalog.quote_ident(r.rolname) || ', which owns it, can''t be given the new one',
       NULL, NULL
FROM owned o JOIN pg_catalog.pg_roles r ON r.oid = o.owner
WHERE r.rolname <> current_user AND NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
  AND NOT (pg_catalog.pg_has_role(o.owner, 'MEMBER') AND pg_catalog.has_schema_privilege(o.owner, o.nsp, 'CREATE'))
UNION ALL
SELECT DISTINCT a.classid, a.objid,
       CASE WHEN x.grantee = 0 AND a.words IN ('TYPE', 'ROUTINE') THEN CASE WHEN a.given_acl IS NULL THEN 'd' ELSE 'e' END
            WHEN x.grantee = a.owner THEN 'q' ELSE 'p' END,
       a.col, x.privilege_type || a.attr || ' for ' || g.who || CASE WHEN x.is_grantable AND x.grantee <> a.owner THEN ' with grant option' ELSE '' END,
       pg_catalog.format('GRANT %s%s ON %s %s TO %s%s', x.privilege_type, a.attr, a.words, a.name, g.who,
                         CASE WHEN x.is_grantable AND x.grantee <> a.owner THEN ' WITH GRANT OPTION' ELSE '' END),
       pg_catalog.format('REVOKE %s%s ON %s %s FROM %s', x.privilege_type, a.attr, a.words, a.name, g.who)
FROM acls a CROSS JOIN LATERAL pg_catalog.aclexplode(a.acl) x
LEFT JOIN pg_catalog.pg_roles r ON r.oid = x.grantee
CROSS JOIN LATERAL (SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END) AS g(who)
WHERE x.grantee = 0 OR r.oid IS NOT NULL
UNION ALL
SELECT classid, objid, 'k', NULL, 'row security', 'ALTER TABLE ' || name || ' ENABLE ROW LEVEL SECURITY', NULL
FROM rel WHERE relrowsecurity
UNION ALL
SELECT classid, objid, 'k', NULL, 'forced row security', 'ALTER TABLE ' || name || ' FORCE ROW LEVEL SECURITY', NULL
FROM rel WHERE relforcerowsecurity
UNION ALL
SELECT r.classid, r.objid, 'k', NULL, 'policy ' || pg_catalog.quote_ident(p.polname),
       pg_catalog.format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, r.name,
         CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
         CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
         pg_catalog.array_to_string(ARRAY(
           SELECT CASE u.role WHEN 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(u.role)) END
           FROM pg_catalog.unnest(p.polroles) AS u(role) ORDER BY 1), ', '))
       || COALESCE(' USING (' || pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')', '')
       || COALESCE(' WITH CHECK (' || pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')', ''), NULL
FROM rel r JOIN pg_catalog.pg_policy p ON p.polrelid = r.objid
UNION ALL
SELECT r.classid, r.objid, CASE WHEN pg_catalog.pg_has_role(p.pubowner, 'USAGE') THEN 'b' ELSE 'r' END, NULL,
       'publication ' || pg_catalog.quote_ident(p.pubname)
       || CASE WHEN pg_catalog.pg_has_role(p.pubowner, 'USAGE') THEN '' ELSE ', which belongs to another role' END,
       pg_catalog.format('ALTER PUBLICATION %I ADD TABLE ONLY %s', p.pubname, r.name)
       || COALESCE(' (' || (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
                            FROM pg_catalog.pg_attribute a WHERE a.attrelid = r.objid AND a.attnum = ANY (m.prattrs::int2[])) || ')', '')
       || COALESCE(' WHERE (' || pg_catalog.pg_get_expr(m.prqual, m.prrelid) || ')', ''), NULL
FROM rel r JOIN pg_catalog.pg_publication_rel m ON m.prrelid = r.objid
JOIN pg_catalog.pg_publication p ON p.oid = m.prpubid
UNION ALL
SELECT r.classid, r.objid, 'b', NULL, 'publication ' || pg_catalog.quote_ident(p.pubname), '', NULL
FROM rel r JOIN pg_catalog.pg_publication p ON p.puballtables
     OR EXISTS (SELECT FROM pg_catalog.pg_publication_namespace n WHERE n.pnpubid = p.oid AND n.pnnspid = r.relnamespace)
WHERE r.relkind IN ('r', 'p') AND r.relpersistence = 'p'
UNION ALL
SELECT r.classid, r.objid, 's', NULL, 'subscription ' || pg_catalog.quote_ident(s.subname), NULL, NULL
FROM rel r JOIN pg_catalog.pg_subscription_rel m ON m.srrelid = r.objid
JOIN pg_catalog.pg_subscription s ON s.oid = m.srsubid
UNION ALL
SELECT r.classid, r.objid, 'r', NULL, pg_catalog.pg_describe_object(1259, i.inhparent, 0) || ', which has it as a child', NULL, NULL
FROM rel r JOIN pg_catalog.pg_inherits i ON i.inhrelid = r.objid
WHERE NOT EXISTS (SELECT FROM rel p WHERE p.objid = i.inhparent)
UNION ALL
SELECT g.classid, g.objid, CASE d.deptype WHEN 'e' THEN 'r' ELSE 't' END, NULL,
       CASE d.deptype WHEN 'e' THEN 'extension ' || pg_catalog.quote_ident(e.extname) || ', which has it as a member'
            ELSE 'mark DEPENDS ON EXTENSION ' || pg_catalog.quote_ident(e.extname) END, NULL, NULL
FROM given g JOIN pg_catalog.pg_depend d ON d.classid = g.classid AND d.objid = g.objid AND d.objsubid = 0
     AND d.refclassid = 3079 AND d.deptype IN ('e', 'x')
JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
)sql";

constexpr std::string_view kTold = R"sql(
SELECT classid, objid, 't', attname, pg_catalog.format(f.text, attr), NULL, NULL
FROM col CROSS JOIN LATERAL (VALUES
  ('column %s', true),
  ('default of column %s', atthasdef AND attgenerated = ''),
  ('NOT NULL of column %s', attnotnull),
  ('statistics target ' || attstattarget || ' of column %s', attstattarget >= 0),
  ('storage of column %s', attstorage <> (SELECT t.typstorage FROM pg_catalog.pg_type t WHERE t.oid = atttypid)),
  ('compression of column %s', attcompression <> '')) AS f(text, holds)
WHERE f.holds
UNION ALL
SELECT classid, objid, 't', attname, pg_catalog.split_part(o, '=', 1) || ' of column ' || attr, NULL, NULL
FROM col CROSS JOIN LATERAL pg_catalog.unnest(attoptions) AS o WHERE o LIKE 'n_distinct%'
UNION ALL
SELECT r.classid, r.objid, 't', NULL, f.text, NULL, NULL
FROM rel r JOIN pg_catalog.pg_index i ON i.indrelid = r.objid
JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
CROSS JOIN LATERAL (VALUES
  ('index ' || pg_catalog.quote_ident(c.relname), NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k
     WHERE k.conrelid = r.objid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))),
  ('CLUSTER on index ' || pg_catalog.quote_ident(c.relname), i.indisclustered),
  ('replica identity by index ' || pg_catalog.quote_ident(c.relname), i.indisreplident),
  ('tablespace of index ' || pg_catalog.quote_ident(c.relname), c.reltablespace <> 0)) AS f(text, holds)
WHERE f.holds
UNION ALL
SELECT r.classid, r.objid, 't', NULL, 'constraint ' || pg_catalog.quote_ident(k.conname), NULL, NULL
FROM rel r JOIN pg_catalog.pg_constraint k ON k.conrelid = r.objid AND k.contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT t.classid, t.objid, 't', NULL, 'constraint ' || pg_catalog.quote_ident(k.conname), NULL, NULL
FROM typ t JOIN pg_catalog.pg_constraint k ON k.contypid = t.oid
UNION ALL
SELECT t.classid, t.objid, 't', NULL, 'value ' || pg_catalog.quote_literal(e.enumlabel), NULL, NULL
FROM typ t JOIN pg_catalog.pg_enum e ON e.enumtypid = t.oid
UNION ALL
SELECT r.classid, r.objid, 't', NULL, 'trigger ' || pg_catalog.quote_ident(t.tgname), NULL, NULL
FROM rel r JOIN pg_catalog.pg_trigger t ON t.tgrelid = r.objid AND NOT t.tgisinternal
UNION ALL
SELECT r.classid, r.objid, 't', NULL, 'rule ' || pg_catalog.quote_ident(w.rulename), NULL, NULL
FROM rel r JOIN pg_catalog.pg_rewrite w ON w.ev_class = r.objid AND w.rulename <> '_RETURN'
UNION ALL
SELECT r.classid, r.objid, 't', NULL, 'statistics object ' || pg_catalog.quote_ident(s.stxname), NULL, NULL
FROM rel r JOIN pg_catalog.pg_statistic_ext s ON s.stxrelid = r.objid
UNION ALL
SELECT r.classid, r.objid, 't', NULL, 'parameter ' || o, NULL, NULL
FROM rel r LEFT JOIN pg_catalog.pg_class t ON t.oid = r.reltoastrelid
CROSS JOIN LATERAL (SELECT pg_catalog.unnest(r.reloptions) UNION ALL SELECT 'toast.' || x FROM pg_catalog.unnest(t.reloptions) AS x) AS p(o)
UNION ALL
SELECT g.classid, g.objid, 't', NULL, 'setting ' || c, NULL, NULL
FROM given g JOIN pg_catalog.pg_proc p ON g.classid = 1255 AND p.oid = g.objid
CROSS JOIN LATERAL pg_catalog.unnest(p.proconfig) AS c
UNION ALL
SELECT r.classid, r.objid, 't', NULL, f.text, NULL, NULL
FROM rel r LEFT JOIN pg_catalog.pg_am m ON m.oid = r.relam
CROSS JOIN LATERAL (VALUES
  ('replica identity full', r.relreplident = 'f'),
  ('replica identity nothing', r.relreplident = 'n'),
  ('being logged', r.relpersistence = 'p'),
  ('tablespace ' || (SELECT pg_catalog.quote_ident(s.spcname) FROM pg_catalog.pg_tablespace s WHERE s.oid = r.reltablespace),
   r.reltablespace <> 0),
  ('access method ' || pg_catalog.quote_ident(m.amname), m.amname <> 'heap')) AS f(text, holds)
WHERE f.holds AND r.relkind IN ('r', 'p', 'm')
UNION ALL
SELECT g.classid, g.objid, 't', a.attname, 'comment' || COALESCE(' on column ' || pg_catalog.quote_ident(a.attname), ''), NULL, NULL
FROM given g JOIN pg_catalog.pg_description d ON d.classoid = g.classid AND d.objoid = g.objid
LEFT JOIN pg_catalog.pg_attribute a ON g.classid = 1259 AND a.attrelid = g.objid AND a.attnum = d.objsubid AND d.objsubid > 0
UNION ALL
SELECT g.classid, g.objid, 't', a.attname, 'security label of ' || pg_catalog.quote_ident(l.provider)
       || COALESCE(' on column ' || pg_catalog.quote_ident(a.attname), ''), NULL, NULL
FROM given g JOIN pg_catalog.pg_seclabel l ON l.classoid = g.classid AND l.objoid = g.objid
LEFT JOIN pg_catalog.pg_attribute a ON g.classid = 1259 AND a.attrelid = g.objid AND a.attnum = l.objsubid AND l.objsubid > 0
)sql";

}  // namespace

std::string exchange_setting(Session& target, std::string_view name, std::string_view value) {
  const Param params[] = {name, value};
  const Result& row = target.query(
      "SELECT pg_catalog.current_setting($1::text), pg_catalog.set_config($1::text, $2::text, "
      "true)",
      params);
  return std::string(row.text(0, 0));
}

std::vector<Belonging> belongings(Session& target, const std::vector<ObjectId>& objects) {
  std::vector<std::string> classes, oids;
  for (const auto& id : objects) {
    classes.push_back(std::to_string(id.classid));
    oids.push_back(std::to_string(id.objid));
  }
  const std::string texts[] = {sql::text_array(classes), sql::text_array(oids)};
  const Param params[] = {texts[0], texts[1]};
  // So that expressions name everything with its schema.
  const std::string path = exchange_setting(target, "search_path", "pg_catalog, pg_temp");
  const Result& rows = target.query(
      std::string(kGiven) +
          "SELECT CASE g.kind WHEN 'composite type' THEN 1247 ELSE g.classid END::text || ' ' || "
          "g.name, g.kind || ' ' || g.name, x.care, x.col, x.what, x.make, x.unmake "
          "FROM given g LEFT JOIN (" +
          std::string(kRights) + "UNION ALL" + std::string(kTold) +
          ") x ON x.classid = g.classid AND x.objid = g.objid "
          "ORDER BY 1, x.care COLLATE \"C\", x.what COLLATE \"C\"",
      params);
  std::vector<Belonging> found;
  for (std::size_t row = 0; row < rows.rows(); ++row) {
    const auto text = [&](std::size_t column) { return std::string(rows.text(row, column)); };
    found.push_back({text(0), text(1),
                     rows.is_null(row, 2) ? Care::implied : static_cast<Care>(rows.text(row, 2)[0]),
                     text(3), text(4), text(5), text(6)});
  }
  exchange_setting(target, "search_path", path);
  return found;
}

std::vector<ObjectId> objects_in(Session& target, std::string_view schema) {
  const Param params[] = {schema};
  const Result& rows = target.query(R"sql(
SELECT x.class, x.oid FROM pg_catalog.pg_namespace n JOIN (
  SELECT 1259 AS class, oid, relnamespace AS nsp FROM pg_catalog.pg_class WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S', 'c')
  UNION ALL SELECT 1255, oid, pronamespace FROM pg_catalog.pg_proc
  UNION ALL SELECT 1247, oid, typnamespace FROM pg_catalog.pg_type WHERE typrelid = 0 AND typtype <> 'm' AND typcategory <> 'A'
  UNION ALL SELECT 3456, oid, collnamespace FROM pg_catalog.pg_collation
  UNION ALL SELECT 2607, oid, connamespace FROM pg_catalog.pg_conversion
  UNION ALL SELECT 2617, oid, oprnamespace FROM pg_catalog.pg_operator
  UNION ALL SELECT 2616, oid, opcnamespace FROM pg_catalog.pg_opclass
  UNION ALL SELECT 2753, oid, opfnamespace FROM pg_catalog.pg_opfamily
  UNION ALL SELECT 3602, oid, cfgnamespace FROM pg_catalog.pg_ts_config
  UNION ALL SELECT 3600, oid, dictnamespace FROM pg_catalog.pg_ts_dict
  UNION ALL SELECT 3601, oid, prsnamespace FROM pg_catalog.pg_ts_parser
  UNION ALL SELECT 3764, oid, tmplnamespace FROM pg_catalog.pg_ts_template
  UNION ALL SELECT 3381, oid, stxnamespace FROM pg_catalog.pg_statistic_ext
) x ON x.nsp = n.oid WHERE n.nspname = $1::text)sql",
                                    params);
  std::vector<ObjectId> objects;
  for (std::size_t row = 0; row < rows.rows(); ++row)
    objects.push_back({rows.oid(row, 0), rows.oid(row, 1)});
  return objects;
}

}  // namespace pgclone::conflict
