// SPDX-License-Identifier: Apache-2.0
// launch/init_image.h - the bytes of the `init` program; the build makes the definition from it.
#pragma once

#include <span>

namespace davit::launch {

extern std::span<unsigned char const> const init_image;

} // namespace davit::launch
