// SPDX-License-Identifier: Apache-2.0
// precompiled/standard.h - the standard headers that most files include, parsed once per target.
//
// Only for the time that a build takes: each file still includes what it uses, which the builds
// with -Db_pch=false (test/run's asan) and test/lint/headers check. Nothing of davit's stands here:
// a change to it would compile everything anew.
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
