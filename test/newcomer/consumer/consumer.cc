// SPDX-License-Identifier: Apache-2.0
// newcomer/consumer/consumer.cc - a foreign program that calls libdavit by its installed headers.
#include <cstdio>

#include "davit/runtime.h"

int main(int argc, char** argv) {
    auto const runtime = davit::Runtime::open({.root = argc > 1 ? argv[1] : "/run/davit"});
    if (!runtime) {
        std::fprintf(stderr, "%s\n", runtime.error().story.c_str());
        return 1;
    }
    auto const container = runtime->find("no-such-container");
    std::puts(container ? "found" : container.error().story.c_str());
    return 0;
}
