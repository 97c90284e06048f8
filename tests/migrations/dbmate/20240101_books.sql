-- migrate:up
CREATE TABLE authors (id integer PRIMARY KEY, name text NOT NULL, born date);
CREATE TABLE books (id integer PRIMARY KEY, author_id integer NOT NULL REFERENCES authors, title text);
INSERT INTO authors VALUES (1, $$Ada; or Ida$$);

-- migrate:down
DROP TABLE books;
DROP TABLE authors;
