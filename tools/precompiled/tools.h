// SPDX-License-Identifier: Apache-2.0
// tools/precompiled/tools.h - the headers that most files of the binary include, parsed once. See
// lib/precompiled/lib.h for what may stand here.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "davit/config.h"
#include "davit/runtime.h"
#include "davit/spec.h"
#include "davit/stats.h"
