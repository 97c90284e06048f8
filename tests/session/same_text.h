// Two texts say the same in the trail.
#pragma once

#include <gtest/gtest.h>

#include "proxy/session/audit_trail.h"

namespace pgmoat::session {

inline void ExpectSame(const AuditedText& a, const AuditedText& b) {
  EXPECT_EQ(a.text, b.text);
  EXPECT_EQ(a.full_bytes, b.full_bytes);
  EXPECT_EQ(a.form, b.form);
  EXPECT_EQ(a.truncated, b.truncated);
  ASSERT_EQ(a.has_sha256, b.has_sha256);
  if (a.has_sha256) {
    EXPECT_EQ(a.sha256, b.sha256);
  }
  EXPECT_EQ(a.kinds.bits(), b.kinds.bits());
  ASSERT_EQ(a.relations.size(), b.relations.size());
  for (std::size_t i = 0; i < a.relations.size(); ++i) {
    EXPECT_EQ(a.relations[i].name, b.relations[i].name);
    EXPECT_EQ(a.relations[i].access, b.relations[i].access);
    EXPECT_EQ(a.relations[i].schema_at, b.relations[i].schema_at);
    EXPECT_EQ(a.relations[i].name_at, b.relations[i].name_at);
  }
}

}  // namespace pgmoat::session
