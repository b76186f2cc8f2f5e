// SPDX-License-Identifier: Apache-2.0
// precompiled/lib.h - the headers that most files of the library include, parsed once.
//
// Only saves build time: each file still includes what it uses; test/lint/headers and a row of
// test/newcomer/builds, with -Db_pch=false, check that. Nearly every file needs these
// headers: a change to one compiles everything anew in any case.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <expected>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/text.h"
#include "base/try.h"
#include "base/undo.h"
#include "davit/config.h"
#include "davit/runtime.h"
#include "davit/spec.h"
#include "davit/stats.h"
#include "sys/file.h"
#include "sys/process.h"
