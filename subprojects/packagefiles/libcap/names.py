#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# packagefiles/libcap/names.py - the capabilities of linux/capability.h as lines for libcap's _makenames.c.
import re
import sys

for line in open(sys.argv[1], encoding="utf-8"):
    row = re.fullmatch(r"#define\s+CAP_([A-Z_]+)\s+([0-9]+)\s*", line)
    if row:
        print(f'{{"cap_{row[1].lower()}", {row[2]}}},')
