-- What a liar lies about: a bit of each kind, and all that refers to one another.
CREATE SCHEMA src;
SET search_path = src;
SET check_function_bodies = off;
CREATE TYPE mood AS ENUM ('low', 'high');
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN small AS integer CHECK (VALUE < 1000);
CREATE DOMAIN smaller AS small CHECK (VALUE < 100);
CREATE TYPE span AS RANGE (subtype = numeric);
CREATE SEQUENCE free START 5;
CREATE SEQUENCE used START 7;
SELECT nextval('used');
CREATE FUNCTION twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
COMMENT ON FUNCTION twice(integer) IS 'two of it';

CREATE TABLE top (id integer PRIMARY KEY, note text COLLATE "C" DEFAULT 'x', CONSTRAINT up CHECK (id > 0));
CREATE TABLE middle (n serial, m mood) INHERITS (top);
CREATE TABLE bottom (d integer GENERATED ALWAYS AS (twice(id)) STORED) INHERITS (middle);
CREATE TABLE side (s small) INHERITS (top);
CREATE TABLE both_of_them (p pair) INHERITS (middle, side);
INSERT INTO top SELECT i, 'top ' || i FROM generate_series(1, 20) AS i;
INSERT INTO bottom (id, note, m) SELECT i, 'bottom', 'high' FROM generate_series(1, 20) AS i;

CREATE TABLE whole (id bigint GENERATED ALWAYS AS IDENTITY, at integer NOT NULL, kind text, r numrange,
                    PRIMARY KEY (id, at, kind)) PARTITION BY RANGE (at);
CREATE TABLE part_1 PARTITION OF whole FOR VALUES FROM (0) TO (10);
CREATE TABLE part_2 PARTITION OF whole FOR VALUES FROM (10) TO (20) PARTITION BY LIST (kind);
CREATE TABLE part_2a PARTITION OF part_2 FOR VALUES IN ('a');
CREATE TABLE part_2b PARTITION OF part_2 DEFAULT;
CREATE INDEX by_kind ON whole (kind);
CREATE INDEX by_half ON ONLY whole (at);
INSERT INTO whole (at, kind, r) SELECT i % 20, chr(97 + i % 3), numrange(i, i + 1)
  FROM generate_series(1, 60) AS i;
CREATE TABLE hashed (m mood NOT NULL) PARTITION BY HASH (m);
CREATE TABLE hashed_0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE hashed_1 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO hashed VALUES ('low'), ('high');

CREATE TABLE hen (id integer PRIMARY KEY, egg integer, at timestamptz DEFAULT now(), b bytea, u uuid,
                  f double precision, v varchar(10), c char(4), num numeric(10, 2), j jsonb);
CREATE TABLE egg (id integer PRIMARY KEY, hen integer REFERENCES hen, list integer[]);
ALTER TABLE hen ADD FOREIGN KEY (egg) REFERENCES egg DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE egg ADD CONSTRAINT top_of FOREIGN KEY (id) REFERENCES top NOT VALID;
INSERT INTO hen SELECT i, NULL, 'epoch', '\x00ff', '00000000-0000-0000-0000-000000000001', i / 3.0,
                       'v' || i, 'c', i, '{"a": [1, 2]}' FROM generate_series(1, 30) AS i;
INSERT INTO egg SELECT i, i, ARRAY[i, NULL, 3] FROM generate_series(1, 10) AS i;
CREATE UNIQUE INDEX hen_v ON hen (lower(v)) WHERE id > 0;
CREATE INDEX hen_f ON hen (f DESC) INCLUDE (num) WITH (fillfactor = 70);
CREATE STATISTICS hen_s ON f, num FROM hen;
CREATE TRIGGER touched BEFORE UPDATE OF v ON hen FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TABLE spans (during span, EXCLUDE USING gist (during WITH &&));
CREATE POLICY own ON hen USING (id < 10);
CREATE RULE quiet AS ON DELETE TO egg DO INSTEAD NOTHING;
COMMENT ON TABLE hen IS 'lays';
COMMENT ON COLUMN hen.v IS 'short';

CREATE FUNCTION count_top() RETURNS bigint LANGUAGE sql STABLE
  BEGIN ATOMIC SELECT count(*) FROM top; END;
CREATE VIEW v1 AS SELECT id, note FROM top;
CREATE VIEW v2 AS SELECT v.id, h.f FROM v1 AS v JOIN hen AS h USING (id);
CREATE VIEW v3 AS SELECT count(*) FROM v2;
CREATE MATERIALIZED VIEW m1 AS SELECT count(*) AS n FROM v2;
CREATE MATERIALIZED VIEW m2 AS SELECT n, count_top() FROM m1;
CREATE UNIQUE INDEX m1_n ON m1 (n);
CREATE FUNCTION same(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = same);
CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
ANALYZE;
