-- migrate:up
CREATE TYPE genre AS ENUM ('novel', 'essay');
ALTER TABLE books ADD COLUMN genre genre, ADD COLUMN pages integer;
UPDATE books SET genre = 'novel' WHERE genre IS NULL;

-- migrate:down
ALTER TABLE books DROP COLUMN pages, DROP COLUMN genre;
DROP TYPE genre;
