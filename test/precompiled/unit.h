// SPDX-License-Identifier: Apache-2.0
// test/precompiled/unit.h - what the unit tests include, parsed once. See
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
#include "davit/config.h"
#include "davit/runtime.h"
#include "json/json.h"
