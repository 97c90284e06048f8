#include "proxy/cli.h"

int main(int argc, char** argv) { return pgmoat::cli::Main(argc, argv); }
