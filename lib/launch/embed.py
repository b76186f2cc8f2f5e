#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py INPUT OUTPUT: writes the bytes of INPUT as the C++ definition of init_image."""
import sys

image = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "w") as out:
    out.write('// Made by lib/launch/embed.py.\n#include "launch/init_image.h"\n\n')
    out.write("namespace {\nalignas(4096) constexpr unsigned char bytes[] = {\n")
    for start in range(0, len(image), 32):
        out.write(",".join(str(byte) for byte in image[start:start + 32]) + ",\n")
    out.write("};\n} // namespace\n\nnamespace davit::launch {\n")
    out.write("std::span<unsigned char const> const init_image{bytes};\n} // namespace davit::launch\n")
