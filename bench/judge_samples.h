// The statements of design 6, first row.
#pragma once

#include <string>
#include <string_view>

namespace pgmoat::bench {

struct Sample {
  const char* name;
  std::string_view text;
};

inline constexpr Sample kSamples[] = {
    {"pgbench_select", "SELECT abalance FROM pgbench_accounts WHERE aid = 12345;"},
    {"join",
     "SELECT c.country, p.category, count(*) AS orders, sum(o.quantity * p.price) AS total, "
     "avg(o.quantity) FROM orders o JOIN customers c ON c.id = o.customer_id "
     "JOIN products p ON p.id = o.product_id "
     "WHERE o.created_at >= '2024-01-01' AND o.status IN ('paid', 'shipped') "
     "AND c.email LIKE '%@example.com' GROUP BY c.country, p.category "
     "HAVING sum(o.quantity) > 10 ORDER BY total DESC LIMIT 20"},
    {"insert", "INSERT INTO orders (customer_id, product_id, quantity) VALUES (17, 4, 2)"},
};

}  // namespace pgmoat::bench
