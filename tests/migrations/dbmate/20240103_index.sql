-- Beside the running application: outside of a transaction.
-- migrate:up transaction:false
CREATE INDEX CONCURRENTLY books_by_title ON books (title);

-- migrate:down
DROP INDEX books_by_title;
