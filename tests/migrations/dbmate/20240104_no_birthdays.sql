-- Forward, and yet it destroys data.
-- migrate:up
CREATE TABLE publishers (id integer PRIMARY KEY);
ALTER TABLE authors DROP COLUMN born;

-- migrate:down
ALTER TABLE authors ADD COLUMN born date;
DROP TABLE publishers;
