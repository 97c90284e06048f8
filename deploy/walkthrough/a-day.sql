-- What the application sends on an ordinary day.
SELECT count(*) AS orders FROM orders WHERE status = 'new';
UPDATE customers SET city = 'Oslo' WHERE id = 7;
INSERT INTO orders (customer_id) VALUES (42);
UPDATE products SET price_cents = price_cents;
