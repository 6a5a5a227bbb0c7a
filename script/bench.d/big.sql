-- One table like pgbench's, of 10 million rows. Takes the psql variable `scale`.
CREATE SCHEMA bench;
CREATE TABLE bench.accounts (aid int NOT NULL, bid int, abalance int, filler char(84));
INSERT INTO bench.accounts SELECT g, g / 100000, g % 1000, '' FROM generate_series(1, (10000000 * :scale)::int) AS g;
ALTER TABLE bench.accounts ADD PRIMARY KEY (aid);
VACUUM ANALYZE bench.accounts;
