SET LOCAL lock_timeout = '2s';
CREATE TABLE coupons (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code     text NOT NULL UNIQUE,
  ends_at  timestamptz
);
