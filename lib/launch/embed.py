#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""embed.py INPUT OUTPUT: writes the C++ definition of init_image, whose bytes are those of INPUT.

The assembler reads the bytes: as an initializer, the 2.4 MB of a sanitized init take g++ minutes.
"""
import os
import sys

path = os.path.abspath(sys.argv[1])
size = os.path.getsize(path)
with open(sys.argv[2], "w") as out:
    out.write(f"""// Made by lib/launch/embed.py.
#include "launch/init_image.h"

asm(".pushsection .rodata\\n"
    ".balign 4096\\n"
    ".globl davit_init_image\\n"
    ".hidden davit_init_image\\n"
    "davit_init_image: .incbin \\"{path}\\"\\n"
    ".popsection");
extern "C" [[gnu::visibility("hidden")]] unsigned char const davit_init_image[{size}];

namespace davit::launch {{
constinit std::span<unsigned char const> const init_image{{davit_init_image}};
}} // namespace davit::launch
""")
