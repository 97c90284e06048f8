-- Logins and objects that the end-to-end tests add to the shop.
\set ON_ERROR_STOP on
-- Superusers, so that the attacks meet nothing but pgmoat.
CREATE ROLE dev_super    LOGIN SUPERUSER;
CREATE ROLE app_super    LOGIN SUPERUSER;
CREATE ROLE deploy_super LOGIN SUPERUSER;
-- As a deployment would have them.
CREATE ROLE dev_ro   LOGIN IN ROLE pgmoat_readonly;
CREATE ROLE shop_app LOGIN IN ROLE pgmoat_app;
CREATE ROLE migrator LOGIN IN ROLE pgmoat_deploy;
ALTER ROLE dev_ro SET default_transaction_read_only = on;
ALTER ROLE migrator SET role = pgmoat_deploy;
CREATE ROLE nobody_knows LOGIN SUPERUSER;  -- no entry in pgmoat's config

SET password_encryption = 'scram-sha-256';
CREATE ROLE login_scram    LOGIN PASSWORD 'pw-scram-7d1f';
CREATE ROLE login_password LOGIN PASSWORD 'pw-clear-91ac';
SET password_encryption = 'md5';
CREATE ROLE login_md5      LOGIN PASSWORD 'pw-md5-44be';
CREATE ROLE login_trust    LOGIN;
GRANT pgmoat_readonly TO login_scram, login_password, login_md5, login_trust;

CREATE EXTENSION dblink;
CREATE SEQUENCE invoice_number;
CREATE FUNCTION discount(cents integer) RETURNS integer LANGUAGE sql IMMUTABLE
  AS 'SELECT cents * 9 / 10';
CREATE FUNCTION restock(product integer) RETURNS integer LANGUAGE sql VOLATILE
  AS 'UPDATE products SET stock = stock + 10 WHERE id = product RETURNING stock';
CREATE PROCEDURE cancel_order(number integer) LANGUAGE sql
  AS 'DELETE FROM order_items WHERE order_id = number';
CREATE VIEW order_totals AS
  SELECT order_id, sum(quantity * price_cents) AS cents
  FROM order_items JOIN products ON products.id = product_id GROUP BY order_id;
GRANT SELECT ON order_totals TO pgmoat_readonly;
SELECT lo_from_bytea(4242, 'a large object');
