-- What the application sends on an ordinary day.
SELECT count(*) AS orders FROM orders WHERE status = 'new';
UPDATE products SET stock = stock - 1 WHERE id = 7;
INSERT INTO orders (customer_id) VALUES (42);
UPDATE products SET stock = stock;
