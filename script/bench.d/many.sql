-- 1,000 small tables of 100 rows. Takes the psql variable `scale`.
SELECT pg_catalog.set_config('bench.tables', greatest(20, round(1000 * :scale))::text, false) \g /dev/null
CREATE SCHEMA bench;
-- In pieces: a transaction has a lock for each table.
DO $$ BEGIN
  FOR i IN 1 .. current_setting('bench.tables')::int LOOP
    EXECUTE format('CREATE TABLE bench.t%s (id int PRIMARY KEY, name text NOT NULL,
      created timestamptz DEFAULT now(), amount numeric(10, 2))', i);
    EXECUTE format('CREATE INDEX ON bench.t%s (name)', i);
    EXECUTE format($sql$INSERT INTO bench.t%s SELECT g, md5(g::text),
      '2024-01-01'::timestamptz + g * interval '1 min', g / 7.0 FROM generate_series(1, 100) AS g$sql$, i);
    IF i % 500 = 0 THEN COMMIT; END IF;
  END LOOP;
END $$;
VACUUM ANALYZE;
