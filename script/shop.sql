-- The sample schema of script/demo and of the documentation. Takes the psql variable `orders`.
CREATE SCHEMA shop;
SET search_path = shop;

CREATE TYPE order_status AS ENUM ('new', 'paid', 'shipped', 'returned');
CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%');

CREATE TABLE customers (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  email email NOT NULL UNIQUE,
  since date NOT NULL DEFAULT CURRENT_DATE
);
COMMENT ON TABLE customers IS 'People who have ordered at least once';

CREATE TABLE products (
  id serial PRIMARY KEY,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL CHECK (price > 0),
  tags text[] NOT NULL DEFAULT '{}'
);
CREATE INDEX products_tags ON products USING gin (tags);

CREATE TABLE orders (
  id bigserial PRIMARY KEY,
  customer_id integer NOT NULL REFERENCES customers,
  status order_status NOT NULL DEFAULT 'new',
  ordered_at timestamptz NOT NULL
);
CREATE INDEX orders_open ON orders (customer_id, ordered_at) WHERE status = 'new';

CREATE TABLE order_items (
  order_id bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
  line integer NOT NULL,
  product_id integer NOT NULL REFERENCES products,
  quantity integer NOT NULL CHECK (quantity > 0),
  price numeric(10, 2) NOT NULL,
  total numeric(12, 2) GENERATED ALWAYS AS (quantity * price) STORED,
  PRIMARY KEY (order_id, line)
);
CREATE INDEX order_items_product ON order_items (product_id);

CREATE TABLE audit (
  id bigserial PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  order_id bigint NOT NULL,
  change text NOT NULL
);

CREATE FUNCTION order_total(bigint) RETURNS numeric LANGUAGE sql STABLE
  SET search_path = shop, pg_temp
  AS 'SELECT coalesce(sum(total), 0) FROM order_items WHERE order_id = $1';

CREATE FUNCTION note_status_change() RETURNS trigger LANGUAGE plpgsql
  SET search_path = shop, pg_temp AS $$
BEGIN
  INSERT INTO audit (order_id, change) VALUES (NEW.id, OLD.status || ' -> ' || NEW.status);
  RETURN NEW;
END
$$;

INSERT INTO customers (name, email, since)
  SELECT 'Customer ' || i, 'customer' || i || '@example.com', date '2020-01-01' + i % 2000
  FROM generate_series(1, greatest(:orders / 5, 1)) AS i;
INSERT INTO products (name, price, tags)
  SELECT 'Product ' || i, 1 + (i * 7919 % 10000) / 100.0, ARRAY['tag' || i % 10, 'tag' || i % 7]
  FROM generate_series(1, 1000) AS i;
INSERT INTO orders (customer_id, status, ordered_at)
  SELECT 1 + i * 31 % greatest(:orders / 5, 1), (enum_range(NULL::order_status))[1 + i % 4],
         timestamptz '2024-01-01 00:00+00' + i * interval '1 minute'
  FROM generate_series(1, :orders) AS i;
INSERT INTO order_items (order_id, line, product_id, quantity, price)
  SELECT o, line, 1 + (o * 17 + line) % 1000, 1 + (o + line) % 5, 1 + (o * 13 + line) % 90
  FROM generate_series(1, :orders) AS o, generate_series(1, 3) AS line;

CREATE TRIGGER status_change AFTER UPDATE OF status ON orders
  FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_status_change();
UPDATE orders SET status = 'paid' WHERE status = 'new' AND id % 100 = 0;

CREATE VIEW open_orders AS
  SELECT o.id, c.name, o.ordered_at, order_total(o.id) AS total
  FROM orders AS o JOIN customers AS c ON c.id = o.customer_id
  WHERE o.status = 'new';
CREATE MATERIALIZED VIEW sales_by_product AS
  SELECT p.id, p.name, sum(i.quantity) AS sold, sum(i.total) AS revenue
  FROM products AS p JOIN order_items AS i ON i.product_id = p.id
  GROUP BY p.id, p.name;
CREATE UNIQUE INDEX sales_by_product_id ON sales_by_product (id);

RESET search_path;
ANALYZE;
