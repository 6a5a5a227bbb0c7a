-- A shop's schema of about 2 GB, three fifths of it in one table. Takes the psql variable `scale`.
CREATE SCHEMA bench;
SET search_path = bench, pg_catalog;
SET synchronous_commit = off;

CREATE TYPE state AS ENUM ('new', 'paid', 'shipped', 'returned');
CREATE TABLE customers (id int NOT NULL, name text NOT NULL, email text NOT NULL, since date NOT NULL);
INSERT INTO customers SELECT g, 'customer ' || g, md5(g::text) || '@example.com', '2015-01-01'::date + g % 3000
  FROM generate_series(1, (400000 * :scale)::int) AS g;

CREATE TABLE orders (id bigint NOT NULL, customer_id int NOT NULL, state state NOT NULL, ordered timestamptz NOT NULL,
  total numeric(12, 2));
INSERT INTO orders SELECT g, 1 + g % (400000 * :scale)::int, (ARRAY['paid', 'shipped', 'returned'])[1 + g % 3]::state, '2020-01-01'::timestamptz + g * interval '31 s',
  (g % 10007) / 7.0 FROM generate_series(1, (1500000 * :scale)::int) AS g;

CREATE TABLE order_items (order_id bigint NOT NULL, line int NOT NULL, product int NOT NULL, quantity int NOT NULL,
  price numeric(10, 2) NOT NULL);
INSERT INTO order_items SELECT o, line, (o * 7 + line) % 5000, 1 + o % 5, (o % 997) / 3.0
  FROM generate_series(1, (1500000 * :scale)::int) AS o, generate_series(1, 3) AS line;

CREATE TABLE documents (id int NOT NULL, customer_id int NOT NULL, title text, body text NOT NULL, extra jsonb);
INSERT INTO documents SELECT g, 1 + g % (400000 * :scale)::int, 'document ' || g,
  (SELECT string_agg(md5((g * 400 + p)::text), '') FROM generate_series(1, 300) AS p),
  jsonb_build_object('pages', g % 40, 'lang', 'en')
  FROM generate_series(1, (20000 * :scale)::int) AS g;

CREATE TABLE events (id bigint NOT NULL, customer_id int NOT NULL, kind smallint NOT NULL, at timestamptz NOT NULL,
  amount numeric(10, 2), path text NOT NULL, detail jsonb);
INSERT INTO events SELECT g, 1 + (g * 7919::bigint) % (400000 * :scale)::int, g % 5,
  '2023-01-01'::timestamptz + g * interval '7 s', (g % 100000) / 9.0, '/shop/' || g % 1000 || '/item/' || g % 77777,
  CASE WHEN g % 4 = 0 THEN jsonb_build_object('ref', g % 100, 'ok', true) END
  FROM generate_series(1, (10000000 * :scale)::int) AS g;

DO $$ BEGIN
  FOR i IN 1 .. 20 LOOP
    EXECUTE format('CREATE TABLE bench.lookup_%s (id int PRIMARY KEY, name text UNIQUE)', i);
    EXECUTE format('INSERT INTO bench.lookup_%s SELECT g, md5(g::text) FROM generate_series(1, 500) AS g', i);
  END LOOP;
END $$;

ALTER TABLE customers ADD PRIMARY KEY (id), ADD UNIQUE (email);
ALTER TABLE orders ADD PRIMARY KEY (id), ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX ON orders (customer_id, ordered);
ALTER TABLE order_items ADD PRIMARY KEY (order_id, line), ADD FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE documents ADD PRIMARY KEY (id), ADD FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE events ADD PRIMARY KEY (id), ADD FOREIGN KEY (customer_id) REFERENCES customers;
CREATE INDEX ON events (customer_id, at);
CREATE INDEX ON events (at);
VACUUM ANALYZE;
