-- A schema with one of everything. Its name, T, is written by the test, which sets search_path too.

-- Types
CREATE TYPE mood AS ENUM ('sad', 'it''s\ok', 'happy 😀');
ALTER TYPE mood ADD VALUE 'so so' BEFORE 'happy 😀';
CREATE TYPE "Pair %s" AS (a int, "B ""b\" varchar(10) COLLATE "C", m mood[]);
COMMENT ON TYPE "Pair %s" IS 'a ''pair'' \ %';
COMMENT ON COLUMN "Pair %s"."B ""b\" IS 'second';
CREATE DOMAIN positive AS int DEFAULT 7 NOT NULL CONSTRAINT above CHECK (VALUE > 0)
  CONSTRAINT below CHECK (VALUE < 100000);
COMMENT ON CONSTRAINT above ON DOMAIN positive IS 'no zero';
CREATE DOMAIN small AS positive CHECK (VALUE < 10);
ALTER DOMAIN small ADD CONSTRAINT later CHECK (VALUE <> 5) NOT VALID;
CREATE FUNCTION delta(a float8, b float8) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT a - b';
CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = delta, multirange_type_name = spans);
CREATE TYPE money2;
CREATE FUNCTION money_in(cstring) RETURNS money2 IMMUTABLE STRICT LANGUAGE internal AS 'int8in';
CREATE FUNCTION money_out(money2) RETURNS cstring IMMUTABLE STRICT LANGUAGE internal AS 'int8out';
CREATE TYPE money2 (INPUT = money_in, OUTPUT = money_out, INTERNALLENGTH = 8, PASSEDBYVALUE,
  ALIGNMENT = double, CATEGORY = 'N', DEFAULT = '42');
CREATE DOMAIN of_default AS money2; CREATE DOMAIN of_none AS money2; ALTER DOMAIN of_none DROP DEFAULT;
CREATE TYPE shell; COMMENT ON TYPE shell IS 'undefined';
COMMIT; -- or the enum's new value cannot be used

-- Routines
CREATE FUNCTION plus_one(n int DEFAULT 1) RETURNS int IMMUTABLE PARALLEL SAFE COST 3 LANGUAGE sql
  AS 'SELECT n + 1';
CREATE FUNCTION uses_default(n int DEFAULT plus_one()) RETURNS int LANGUAGE sql RETURN n + plus_one(n);
CREATE FUNCTION series(int, int) RETURNS SETOF int IMMUTABLE STRICT ROWS 9 LANGUAGE internal
  AS 'generate_series_int4' ;
ALTER FUNCTION series(int, int) SUPPORT generate_series_int4_support;
CREATE FUNCTION settings() RETURNS text STABLE SECURITY DEFINER SET work_mem = '8MB'
  SET search_path = pg_catalog, pg_temp LANGUAGE plpgsql
  AS $_$ BEGIN RETURN '$$ \ % '' "'; END $_$;
COMMENT ON FUNCTION plus_one(int) IS 'adds';
CREATE PROCEDURE outs(OUT a int, IN b int, IN c int) LANGUAGE SQL AS 'SELECT b - c';
CREATE PROCEDURE outs(IN a int, IN b int, IN c int) LANGUAGE SQL AS 'SELECT 1';
CREATE PROCEDURE proc(INOUT a int, VARIADIC b text[] DEFAULT '{q}') LANGUAGE plpgsql
  AS 'BEGIN a := 2; END';
CREATE FUNCTION win() RETURNS int8 WINDOW LANGUAGE internal AS 'window_row_number';
CREATE AGGREGATE total(int) (SFUNC = int4_sum, STYPE = int8, INITCOND = '0', PARALLEL = SAFE);
CREATE AGGREGATE perc(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition,
  STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);
CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION explode() RETURNS trigger LANGUAGE plpgsql
  AS 'BEGIN RAISE ''a clone fires no triggers''; END';

-- Operators, casts, collations, conversions, text search
CREATE FUNCTION lt("Pair %s", "Pair %s") RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.a < $2.a';
CREATE FUNCTION gt("Pair %s", "Pair %s") RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.a > $2.a';
CREATE FUNCTION eq("Pair %s", "Pair %s") RETURNS bool IMMUTABLE LANGUAGE sql AS 'SELECT $1.a = $2.a';
CREATE FUNCTION cmp("Pair %s", "Pair %s") RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1.a - $2.a';
CREATE OPERATOR <# (FUNCTION = lt, LEFTARG = "Pair %s", RIGHTARG = "Pair %s", COMMUTATOR = >#,
  RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR ># (FUNCTION = gt, LEFTARG = "Pair %s", RIGHTARG = "Pair %s", COMMUTATOR = <#);
CREATE OPERATOR =# (FUNCTION = eq, LEFTARG = "Pair %s", RIGHTARG = "Pair %s", HASHES, MERGES);
COMMENT ON OPERATOR <# ("Pair %s", "Pair %s") IS 'less';
CREATE OPERATOR FAMILY "Fam" USING btree;
CREATE OPERATOR CLASS by_a FOR TYPE "Pair %s" USING btree FAMILY "Fam" AS OPERATOR 1 <#,
  OPERATOR 3 =#, OPERATOR 5 >#, FUNCTION 1 cmp("Pair %s", "Pair %s");
COMMENT ON OPERATOR CLASS by_a USING btree IS 'class';
COMMENT ON OPERATOR FAMILY "Fam" USING btree IS 'family';
CREATE COLLATION german (provider = icu, locale = 'de-DE-u-co-phonebk', deterministic = false);
CREATE COLLATION "c %" FROM "C";
COMMENT ON COLLATION german IS 'collation';
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
COMMENT ON CONVERSION conv IS 'conversion';
CREATE TEXT SEARCH TEMPLATE tmpl (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = tmpl, STOPWORDS = english, ACCEPT = false);
CREATE TEXT SEARCH PARSER prs (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end,
  LEXTYPES = prsd_lextype);
CREATE TEXT SEARCH CONFIGURATION cfg (PARSER = prs);
ALTER TEXT SEARCH CONFIGURATION cfg ADD MAPPING FOR asciiword, word WITH dict, simple;
COMMENT ON TEXT SEARCH CONFIGURATION cfg IS 'configuration';

-- Transforms
CREATE FUNCTION z_from(internal) RETURNS internal IMMUTABLE LANGUAGE internal AS 'prsd_lextype';
CREATE FUNCTION z_to(internal) RETURNS money2 IMMUTABLE LANGUAGE internal AS 'int8recv';
CREATE FUNCTION z_to_pair(internal) RETURNS "Pair %s" IMMUTABLE LANGUAGE internal AS 'record_recv';
CREATE TRANSFORM FOR money2 LANGUAGE plpgsql (FROM SQL WITH FUNCTION z_from(internal), TO SQL WITH FUNCTION z_to(internal));
CREATE TRANSFORM FOR "Pair %s" LANGUAGE plpgsql (TO SQL WITH FUNCTION z_to_pair(internal));
CREATE TRANSFORM FOR mood LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));
COMMENT ON TRANSFORM FOR money2 LANGUAGE plpgsql IS 'transform';
CREATE FUNCTION a_transformed() RETURNS int IMMUTABLE LANGUAGE plpgsql
  TRANSFORM FOR TYPE money2, FOR TYPE "Pair %s", FOR TYPE mood AS 'BEGIN RETURN 1; END';
CREATE FUNCTION a_taker(money2, mood[]) RETURNS "Pair %s" LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE DOMAIN a_domain AS int CHECK (VALUE >= a_transformed());

-- Sequences
CREATE SEQUENCE "never called %"; COMMENT ON SEQUENCE "never called %" IS 'never';
CREATE SEQUENCE down AS smallint INCREMENT -3 MINVALUE -300 MAXVALUE -2 START -9 CACHE 4 CYCLE;
SELECT nextval('down');
CREATE SEQUENCE set_only; SELECT setval('set_only', 77, false);
CREATE UNLOGGED SEQUENCE volatile;

-- Columns of every sort
CREATE TABLE columns (
  id bigint GENERATED ALWAYS AS IDENTITY (START 5 INCREMENT 5 MINVALUE -5 MAXVALUE 500000 CACHE 2 CYCLE),
  by_default int GENERATED BY DEFAULT AS IDENTITY,
  s serial, p positive, m mood DEFAULT 'sad', ms mood[] DEFAULT '{sad,"it''s\\ok"}',
  pair "Pair %s" DEFAULT ROW(1, 'x', NULL), sp span, sps spans, mo money2 DEFAULT '7',
  n numeric(12, 3) DEFAULT plus_one(3), t text COLLATE german, v varchar(5)[] COLLATE "C",
  gone int, twice int GENERATED ALWAYS AS (plus_one(by_default) * 2) STORED,
  other int DEFAULT nextval('down'), late int DEFAULT uses_default(), b bit(3), vb varbit(9),
  tz timestamptz(2), iv interval day to second(3), ch char(4) NOT NULL DEFAULT 'x',
  "Ein ""Name\ 😀 %s" text DEFAULT E'back\\slash', xml xml, j jsonb);
ALTER TABLE columns DROP gone;
ALTER TABLE columns ALTER t SET STORAGE EXTERNAL, ALTER t SET STATISTICS 77,
  ALTER t SET (n_distinct = -0.5, n_distinct_inherited = 9), ALTER j SET COMPRESSION pglz;
INSERT INTO columns (p, sp, sps, t, b, vb, tz, iv, xml, j)
  SELECT g, span(g, g + 1.5), spans(span(g, g + 1)), 'täxt ' || g, '101', '11', 'infinity', '1 day 2.5 s',
         '<a/>', '{"a": [1, null]}' FROM generate_series(1, 50) g;
ALTER TABLE columns ADD fast int DEFAULT 42 NOT NULL, ADD fast_text text DEFAULT 'missing';
COMMENT ON TABLE columns IS 'every \ column';
COMMENT ON COLUMN columns."Ein ""Name\ 😀 %s" IS 'named';
CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES; INSERT INTO nothing DEFAULT VALUES;
CREATE TABLE all_gone (a int); INSERT INTO all_gone VALUES (1); ALTER TABLE all_gone DROP a;
DO $$ BEGIN EXECUTE 'CREATE TABLE wide (' || (SELECT string_agg('c' || g || ' int', ', ')
  FROM generate_series(1, 1500) g) || ')'; END $$;
INSERT INTO wide (c1, c1500) VALUES (1, 2);

-- Tables of every form
CREATE TYPE template AS (a int, b text, c mood);
CREATE TABLE typed OF template (a WITH OPTIONS PRIMARY KEY DEFAULT plus_one(2), CHECK (a > 0));
INSERT INTO typed SELECT g, 't', 'sad' FROM generate_series(1, 3) g;
CREATE UNLOGGED TABLE unlogged (id serial, t text)
  WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.5, toast.autovacuum_enabled = false);
CREATE TABLE heap USING heap AS SELECT g AS a, g % 3 AS b, 'x' || g AS c FROM generate_series(1, 20) g;
ALTER TABLE heap ADD CONSTRAINT "heap key %" PRIMARY KEY (a);
ALTER TABLE heap CLUSTER ON "heap key %";
CREATE TABLE identified (a int NOT NULL, b int NOT NULL UNIQUE);
ALTER TABLE identified REPLICA IDENTITY USING INDEX identified_b_key;
CREATE TABLE logged_by_itself (a int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME "seq ""apart"));
ALTER SEQUENCE "seq ""apart" SET UNLOGGED;
CREATE UNLOGGED TABLE unlogged_by_itself (a int GENERATED BY DEFAULT AS IDENTITY);
ALTER SEQUENCE unlogged_by_itself_a_seq SET LOGGED;
CREATE TABLE full_identity (a int); ALTER TABLE full_identity REPLICA IDENTITY FULL;
CREATE TABLE no_identity (a int); ALTER TABLE no_identity REPLICA IDENTITY NOTHING;

-- Types and tables that need one another
CREATE TYPE holds_row AS (r heap, n int);
CREATE TABLE holds_type (h holds_row, hs holds_row[], r typed DEFAULT ROW(1, 'b', 'sad'));
INSERT INTO holds_type VALUES (ROW(ROW(1, 2, NULL), 3), ARRAY[ROW(NULL, 1), NULL]::holds_row[]);
CREATE TYPE holds_table AS (t holds_type, ts holds_type[]);
CREATE DOMAIN row_domain AS holds_table CHECK ((VALUE).ts IS NULL);
CREATE TABLE last_of_chain (d row_domain);
CREATE FUNCTION of_row(heap) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT $1.c';
CREATE TABLE calls_of_row (h heap, t text GENERATED ALWAYS AS (of_row(h)) STORED,
  CONSTRAINT row_ok CHECK (of_row(h) <> 'never'));
INSERT INTO calls_of_row SELECT h FROM heap h;

-- Constraints
CREATE TABLE constrained (a int CONSTRAINT positive_a CHECK (a > 0) NO INHERIT, b int, c int, r int4range,
  CONSTRAINT uniq UNIQUE NULLS NOT DISTINCT (b) INCLUDE (c) WITH (fillfactor = 80)
    DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT "ex %" EXCLUDE USING gist (r WITH &&) WITH (fillfactor = 90) WHERE (a > 3) DEFERRABLE,
  PRIMARY KEY (a, c) INCLUDE (b));
INSERT INTO constrained SELECT g, g, g, int4range(g, g + 1) FROM generate_series(1, 9) g;
INSERT INTO constrained VALUES (100, -5, 1, NULL);
ALTER TABLE constrained ADD CONSTRAINT unchecked CHECK (b > 0) NOT VALID;
COMMENT ON CONSTRAINT uniq ON constrained IS 'unique'; COMMENT ON CONSTRAINT positive_a ON constrained IS 'c';
COMMENT ON CONSTRAINT unchecked ON constrained IS 'not valid';
COMMENT ON INDEX uniq IS 'index of uniq';
CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE ON UPDATE SET NULL);
INSERT INTO tree VALUES (1, NULL), (2, 1), (3, 2);
CREATE TABLE egg (id int PRIMARY KEY, hen int);
CREATE TABLE hen (id int PRIMARY KEY, egg int CONSTRAINT "from egg" REFERENCES egg DEFERRABLE INITIALLY DEFERRED);
INSERT INTO egg VALUES (1, 1); INSERT INTO hen VALUES (1, 1);
ALTER TABLE egg ADD FOREIGN KEY (hen) REFERENCES hen MATCH FULL ON DELETE SET DEFAULT;
COMMENT ON CONSTRAINT "from egg" ON hen IS 'fk';
CREATE TABLE two (a int, c int DEFAULT 3,
  FOREIGN KEY (a, c) REFERENCES constrained (a, c) ON DELETE SET NULL (a) ON UPDATE NO ACTION);
INSERT INTO two VALUES (5, 5);
ALTER TABLE two ADD CONSTRAINT unchecked_fk FOREIGN KEY (c) REFERENCES tree NOT VALID;
CREATE FUNCTION count_heap() RETURNS bigint STABLE LANGUAGE sql AS 'SELECT count(*) FROM heap';
CREATE TABLE checks_other (a int CONSTRAINT enough CHECK (a <= count_heap()));
INSERT INTO checks_other VALUES (20);

-- Indexes
CREATE INDEX ON heap (lower(c), (a + 1)) WHERE b > 0;
ALTER INDEX heap_lower_expr_idx ALTER COLUMN 2 SET STATISTICS 55;
CREATE UNIQUE INDEX "in dex %" ON heap USING btree (c COLLATE "C" text_pattern_ops DESC NULLS LAST)
  INCLUDE (b) NULLS NOT DISTINCT WITH (fillfactor = 60, deduplicate_items = off);
CREATE INDEX brin ON heap USING brin (a int4_minmax_multi_ops (values_per_range = 16)) WITH (pages_per_range = 4);
CREATE INDEX hashed ON heap USING hash (c);
CREATE INDEX ON heap (plus_one(a));
CREATE INDEX pairs ON columns (pair by_a);
COMMENT ON INDEX brin IS 'brin';

-- Statistics
CREATE STATISTICS "st %" (dependencies, mcv) ON a, b, (c || 'x') FROM heap;
ALTER STATISTICS "st %" SET STATISTICS 99;
COMMENT ON STATISTICS "st %" IS 'statistics';
CREATE STATISTICS stx ON (plus_one(a)) FROM heap;

-- Inheritance
CREATE TABLE par1 (a int DEFAULT 1, b text NOT NULL DEFAULT 'p1', CONSTRAINT shared CHECK (a > 0));
CREATE TABLE par2 (b text, c int DEFAULT 2, CONSTRAINT shared CHECK (a > 0), a int);
CREATE TABLE kid (d int, b text DEFAULT 'kid', CONSTRAINT own CHECK (d > 0) NO INHERIT) INHERITS (par1, par2);
ALTER TABLE kid ALTER c SET NOT NULL, ALTER a DROP DEFAULT;
CREATE TABLE grandkid (e int) INHERITS (kid);
CREATE TABLE adopted (c int, b text NOT NULL, a int, x int, CONSTRAINT shared CHECK (a > 0));
ALTER TABLE adopted DROP x; ALTER TABLE adopted INHERIT par1;
INSERT INTO par1 VALUES (1, 'one'); INSERT INTO kid (a, b, c, d) VALUES (2, 'two', 3, 4);
INSERT INTO grandkid (a, b, c, d, e) VALUES (3, 'three', 3, 4, 5); INSERT INTO adopted VALUES (9, 'nine', 8);

-- Partitions
CREATE TABLE parted (id int GENERATED ALWAYS AS IDENTITY, k int, l text, m mood, v text,
  PRIMARY KEY (k, l, id), CONSTRAINT pcheck CHECK (k > -100)) PARTITION BY LIST (l);
CREATE TABLE parted_range (v text DEFAULT 'own', gone int, m mood, l text NOT NULL, k int NOT NULL, id int NOT NULL,
  CONSTRAINT pcheck CHECK (k > -100)) PARTITION BY RANGE (k, id);
ALTER TABLE parted_range DROP gone;
CREATE TABLE parted_range_low PARTITION OF parted_range FOR VALUES FROM (MINVALUE, MINVALUE) TO (10, 10);
CREATE TABLE parted_range_high PARTITION OF parted_range (v DEFAULT 'leaf', CHECK (k < 1000))
  FOR VALUES FROM (10, 10) TO (MAXVALUE, MAXVALUE) WITH (fillfactor = 50);
ALTER TABLE parted ATTACH PARTITION parted_range FOR VALUES IN ('r', 'R''%');
CREATE TABLE parted_default PARTITION OF parted DEFAULT;
CREATE TABLE parted_null PARTITION OF parted FOR VALUES IN ('null') PARTITION BY HASH (k);
CREATE TABLE parted_null_0 PARTITION OF parted_null FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE UNLOGGED TABLE parted_null_1 PARTITION OF parted_null FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted (k, l, m, v) SELECT g, CASE g % 3 WHEN 0 THEN 'r' WHEN 1 THEN 'null' ELSE 'else' END, 'sad', 'v'
  FROM generate_series(1, 60) g;
CREATE INDEX parted_v ON parted (v); COMMENT ON INDEX parted_v IS 'partitioned index';
CREATE INDEX only_here ON parted_default (m);
CREATE INDEX same_as_parent ON parted_default (v);
CREATE INDEX incomplete ON ONLY parted (m, k); COMMENT ON INDEX incomplete IS 'not every partition has it';
CREATE INDEX incomplete_range ON parted_range (m, k); ALTER INDEX incomplete ATTACH PARTITION incomplete_range;
CREATE INDEX incomplete_null ON ONLY parted_null (m, k); ALTER INDEX incomplete ATTACH PARTITION incomplete_null;
CREATE TABLE refers (k int, l text, id int, FOREIGN KEY (k, l, id) REFERENCES parted) PARTITION BY RANGE (k);
CREATE TABLE refers_1 PARTITION OF refers FOR VALUES FROM (0) TO (100);
ALTER TABLE refers_1 ADD CONSTRAINT only_mine FOREIGN KEY (k) REFERENCES tree (id);
INSERT INTO refers SELECT k, l, id FROM parted WHERE k < 3;
CREATE TRIGGER row_trigger AFTER INSERT ON parted FOR EACH ROW EXECUTE FUNCTION explode();
ALTER TABLE parted_default DISABLE TRIGGER row_trigger;
CREATE TABLE childless (a int, b text) PARTITION BY RANGE (plus_one(a), lower(b) COLLATE "C" text_pattern_ops);
CREATE TABLE by_expression PARTITION OF childless FOR VALUES FROM (1, 'a') TO (9, 'z');
INSERT INTO childless VALUES (3, 'B');

-- Hash partitions whose rows belong elsewhere on another server
CREATE TABLE by_mood (m mood, n int, CONSTRAINT hkey PRIMARY KEY (m, n)) PARTITION BY HASH (m);
CREATE TABLE by_mood_0 PARTITION OF by_mood FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE by_mood_1 PARTITION OF by_mood FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE by_mood_2 PARTITION OF by_mood FOR VALUES WITH (MODULUS 4, REMAINDER 2) PARTITION BY LIST (n);
CREATE TABLE by_mood_2_all PARTITION OF by_mood_2 DEFAULT;
CREATE TABLE by_mood_3 PARTITION OF by_mood FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO by_mood SELECT m, n FROM unnest(enum_range(NULL::mood)) m, generate_series(1, 5) n;
CREATE UNIQUE INDEX of_some_moods ON ONLY by_mood (m, n) INCLUDE (n);
CREATE UNIQUE INDEX of_some_moods_3 ON by_mood_3 (m, n) INCLUDE (n); ALTER INDEX of_some_moods ATTACH PARTITION of_some_moods_3;
CREATE TRIGGER no_rows BEFORE INSERT ON by_mood FOR EACH ROW EXECUTE FUNCTION explode();
CREATE TRIGGER leaf_only BEFORE INSERT ON by_mood_1 FOR EACH ROW EXECUTE FUNCTION explode();
ALTER TABLE by_mood_0 DISABLE TRIGGER no_rows;
CREATE TABLE of_mood (m mood, n int, FOREIGN KEY (m, n) REFERENCES by_mood);
INSERT INTO of_mood VALUES ('sad', 1);

-- Views
CREATE VIEW plain WITH (security_barrier) AS SELECT a, b, c AS "C %" FROM heap;
ALTER VIEW plain ALTER a SET DEFAULT plus_one(5);
COMMENT ON VIEW plain IS 'view'; COMMENT ON COLUMN plain."C %" IS 'column';
CREATE VIEW checked WITH (security_invoker) AS SELECT * FROM plain WHERE a > 3 WITH CASCADED CHECK OPTION;
CREATE VIEW local_checked AS SELECT * FROM heap WHERE a > 3 WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW deep (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM deep WHERE n < 5;
CREATE VIEW needs_key AS SELECT heap.*, count(*) FROM heap GROUP BY a;
CREATE VIEW on_function AS SELECT * FROM series(1, 3) s WHERE s = plus_one(1);
CREATE VIEW grouped AS SELECT total(a), of_row(heap) AS t FROM heap GROUP BY 2;
CREATE FUNCTION of_view(plain) RETURNS text STABLE LANGUAGE sql BEGIN ATOMIC SELECT $1."C %"; END;
CREATE FUNCTION of_key() RETURNS SETOF heap STABLE LANGUAGE sql
  BEGIN ATOMIC SELECT a, b, c FROM heap GROUP BY a; END;
CREATE FUNCTION z_cast(template) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1.a';
CREATE CAST (template AS int) WITH FUNCTION z_cast(template);
CREATE CAST (template AS "Pair %s") WITH INOUT;
CREATE VIEW a_casts AS SELECT t::int AS n, t::"Pair %s" AS p FROM (SELECT ROW(1, 'b', NULL)::template AS t) x;

-- Views that need one another
CREATE VIEW ring_a AS SELECT 1 AS n, 'x'::varchar(3) COLLATE "C" AS t;
CREATE VIEW ring_b AS SELECT n, t FROM ring_a;
CREATE OR REPLACE VIEW ring_a WITH (security_barrier) AS SELECT n + 1 - 1 AS n, t FROM ring_b;
CREATE VIEW after_ring AS SELECT n FROM ring_a;
CREATE VIEW z_older AS SELECT 1 AS n;
CREATE VIEW a_younger AS SELECT n FROM z_older;
CREATE OR REPLACE VIEW z_older AS SELECT n FROM a_younger;
CREATE VIEW self AS SELECT 1 AS n, NULL::text AS t;
CREATE FUNCTION of_self(self) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT ''of self''';
CREATE OR REPLACE VIEW self AS SELECT 1 AS n, of_self(NULL) AS t;
COMMENT ON VIEW self IS 'of itself';

-- Materialized views
CREATE MATERIALIZED VIEW z_first AS SELECT a AS id, c AS name FROM heap;
CREATE MATERIALIZED VIEW a_second AS SELECT max(id) AS top FROM z_first;
CREATE MATERIALIZED VIEW unread AS SELECT 1 AS one WITH NO DATA;
CREATE UNIQUE INDEX mv_key ON z_first (id);
CREATE FUNCTION z_late(text) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT length($1)';
CREATE INDEX ON z_first (z_late(name)) WHERE z_late(name) > 0;
ALTER MATERIALIZED VIEW z_first CLUSTER ON mv_key;
CREATE STATISTICS of_matview ON id, name FROM z_first;
ALTER STATISTICS of_matview SET STATISTICS 9;
COMMENT ON STATISTICS of_matview IS 'of a materialized view';

-- Rules, triggers, policies
CREATE RULE "ru le" AS ON INSERT TO plain DO INSTEAD INSERT INTO heap VALUES (NEW.a, NEW.b, NEW."C %");
CREATE RULE also AS ON DELETE TO heap WHERE OLD.a > 5 DO ALSO (UPDATE tree SET up = NULL WHERE up = OLD.a; DELETE FROM tree WHERE id = OLD.a);
CREATE RULE notifies AS ON UPDATE TO unlogged DO ALSO NOTIFY torture;
COMMENT ON RULE also ON heap IS 'rule'; ALTER TABLE heap DISABLE RULE also;
CREATE TRIGGER columns AFTER UPDATE OF c, a ON heap EXECUTE FUNCTION tf();
CREATE TRIGGER moved AFTER UPDATE ON heap REFERENCING OLD TABLE AS o NEW TABLE AS n
  FOR EACH STATEMENT EXECUTE FUNCTION tf('a', 'b\');
CREATE TRIGGER "before %" BEFORE INSERT OR UPDATE ON heap FOR EACH ROW
  WHEN (NEW.a > plus_one(3)) EXECUTE FUNCTION tf();
ALTER TABLE heap ENABLE ALWAYS TRIGGER "before %", ENABLE REPLICA TRIGGER moved;
CREATE CONSTRAINT TRIGGER watched AFTER INSERT ON heap FROM tree DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION tf();
COMMENT ON TRIGGER watched ON heap IS 'constraint trigger';
COMMENT ON CONSTRAINT watched ON heap IS 'constraint of a trigger';
CREATE TRIGGER instead INSTEAD OF UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION tf();
CREATE POLICY mine ON heap AS RESTRICTIVE FOR UPDATE TO PUBLIC
  USING (a > plus_one(1)) WITH CHECK (EXISTS (SELECT FROM tree WHERE id = a));
COMMENT ON POLICY mine ON heap IS 'policy';
ALTER TABLE heap ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;

-- Foreign tables; the server lies outside of the schema
CREATE FOREIGN TABLE foreign_table (a int OPTIONS (force_not_null 'false') NOT NULL DEFAULT plus_one(),
  "B b" text COLLATE "C", CONSTRAINT fc CHECK (a > 0)) SERVER torture_server OPTIONS (filename '/dev/null');
ALTER FOREIGN TABLE foreign_table ALTER a SET STATISTICS 33, ALTER "B b" SET STORAGE EXTERNAL,
  ALTER a SET (n_distinct = 4);
CREATE FUNCTION z_foreign(int) RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT $1';
ALTER FOREIGN TABLE foreign_table ADD CONSTRAINT calls CHECK (z_foreign(a) > 0);
CREATE STATISTICS of_foreign ON a, "B b" FROM foreign_table;
CREATE FOREIGN TABLE foreign_kid (x int) INHERITS (par1) SERVER torture_server OPTIONS (filename '/dev/null');
CREATE TABLE mixed (a int, b int CONSTRAINT inherited CHECK (b > 0), CONSTRAINT late CHECK (z_foreign(a) > 0)) PARTITION BY LIST (a);
CREATE FOREIGN TABLE mixed_far PARTITION OF mixed (CONSTRAINT own CHECK (b < 9)) FOR VALUES IN (1) SERVER torture_server OPTIONS (filename '/dev/null');
CREATE TABLE mixed_near PARTITION OF mixed FOR VALUES IN (2);
CREATE UNIQUE INDEX mixed_key ON ONLY mixed (a, b);
CREATE UNIQUE INDEX mixed_near_key ON mixed_near (a, b); ALTER INDEX mixed_key ATTACH PARTITION mixed_near_key;
CREATE TRIGGER on_foreign BEFORE INSERT ON foreign_table FOR EACH ROW EXECUTE FUNCTION tf();

-- Statistics here, its table elsewhere
CREATE STATISTICS of_outside ON a, b FROM outside_torture.elsewhere;

-- Children that differ from their parents
CREATE TABLE strict_par (id int DEFAULT 42, t text NOT NULL, n numeric, u text COMPRESSION pglz);
CREATE TABLE lax_kid () INHERITS (strict_par);
ALTER TABLE lax_kid ALTER t DROP NOT NULL, ALTER id DROP DEFAULT, ALTER id SET NOT NULL;
ALTER TABLE lax_kid ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START 7);
ALTER TABLE ONLY strict_par ALTER t SET STORAGE EXTERNAL, ALTER n SET STORAGE PLAIN;
ALTER TABLE ONLY lax_kid ALTER n SET STORAGE MAIN, ALTER u SET COMPRESSION default;
INSERT INTO lax_kid DEFAULT VALUES;

-- Rows that name what comes later
CREATE DOMAIN a_relation AS regclass;
CREATE TABLE a_names (id int PRIMARY KEY, rel regclass, fs regprocedure[], d a_relation[], t regtype);
CREATE TABLE z_named (n int);
INSERT INTO a_names VALUES (1, 'z_named', '{plus_one(integer)}', '{a_names_pkey}', 'small');
CREATE TRIGGER tr BEFORE INSERT ON a_names FOR EACH ROW EXECUTE FUNCTION tf();

-- Domains whose values break what came later
CREATE DOMAIN shortened AS text; CREATE TABLE holds_long (v shortened, vs shortened[]);
INSERT INTO holds_long VALUES ('too long for it', '{too long for it}');
CREATE MATERIALIZED VIEW shows_long AS SELECT v, 'also too long'::shortened AS w FROM holds_long;
ALTER DOMAIN shortened ADD CONSTRAINT short CHECK (length(VALUE) < 10) NOT VALID;

-- Members of a family, and functions that come late
CREATE FUNCTION z_cmp48(int, bigint) RETURNS int LANGUAGE sql IMMUTABLE
  BEGIN ATOMIC SELECT coalesce((SELECT max(n) FROM z_named WHERE false), btint48cmp($1, $2)); END;
ALTER OPERATOR FAMILY "Fam" USING btree ADD FUNCTION 1 (int, bigint) z_cmp48(int, bigint);

-- What goes with an extension; replica identities of materialized views
COMMENT ON PROCEDURE outs(IN int, IN int, IN int) IS 'all in';
ALTER PROCEDURE outs(OUT int, IN int, IN int) DEPENDS ON EXTENSION file_fdw;
ALTER FUNCTION plus_one(int) DEPENDS ON EXTENSION file_fdw;
ALTER TRIGGER tr ON a_names DEPENDS ON EXTENSION file_fdw;
ALTER INDEX a_names_pkey DEPENDS ON EXTENSION file_fdw;
ALTER INDEX mv_key DEPENDS ON EXTENSION file_fdw;
ALTER MATERIALIZED VIEW z_first DEPENDS ON EXTENSION file_fdw;
ALTER MATERIALIZED VIEW a_second REPLICA IDENTITY FULL;
ALTER MATERIALIZED VIEW unread REPLICA IDENTITY NOTHING;
