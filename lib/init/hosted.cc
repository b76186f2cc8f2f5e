// SPDX-License-Identifier: Apache-2.0
// init/hosted.cc - init as an ordinary program, for sanitizers (-Dinit=hosted). Runs in: init.
#include <cstdlib>

#include "init/init.h"

int main(int argc, char** argv) { davit::init::main(argc > 1 ? std::atoi(argv[1]) : -1); }
