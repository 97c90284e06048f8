// A property that does not hold ends a fuzz target, in every build type.
#pragma once

#include <cstdio>
#include <cstdlib>

#define PGMOAT_CHECK(condition)                                                           \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)
