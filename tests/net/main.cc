#include <gtest/gtest.h>
#include <signal.h>

// OpenSSL writes with write(2): as in the program, a peer that is gone is an error,
// not a signal.
int main(int argc, char** argv) {
  ::signal(SIGPIPE, SIG_IGN);
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
