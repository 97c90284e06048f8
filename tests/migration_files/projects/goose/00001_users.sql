-- +goose Up
CREATE TABLE users (id int PRIMARY KEY);
-- +goose StatementBegin
CREATE FUNCTION one() RETURNS int AS $$
BEGIN
  RETURN 1;
END;
$$ LANGUAGE plpgsql
-- +goose StatementEnd
CREATE TABLE rooms (id int PRIMARY KEY);

-- +goose Down
DROP TABLE rooms;
DROP FUNCTION one();
DROP TABLE users;
