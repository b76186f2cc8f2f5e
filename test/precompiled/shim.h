// SPDX-License-Identifier: Apache-2.0
// test/precompiled/shim.h - what the tests of the shim include, parsed once. See
// lib/precompiled/lib.h for what may stand here.
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "catch.h"
#include "shim/peer.h"
