# SPDX-License-Identifier: Apache-2.0
# test/attack/attack.py - the patches of test/attack as data, for test/attack/run and
# test/lint/security.
"""A patch takes one defence out. Before the diff it has "Key: value" lines:

Class:       the row of SECURITY.md's table, as it begins there
Advisories:  identifiers, separated by commas, or "-"
Defence:     what is taken out
Attack:      SUITE [OPTION…] "TEST CASE": passes with the defence and fails without it; one line each
"""

import os
import shlex

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
KEYS = ("Class", "Advisories", "Defence")

# suite: what is built for it, its program, and what is built anew after a patch
SUITES = {
    "host": (["tools/davit", "test/host/host"], "test/host/host", ["tools/davit"]),
    "unit": (["test/unit/unit"], "test/unit/unit", ["test/unit/unit"]),
    "core": (["test/shim/core/core"], "test/shim/core/core", ["test/shim/core/core"]),
    "shim": (["test/shim/unit"], "test/shim/unit", ["test/shim/unit"]),
}


class Attack:
    def __init__(self, line):
        self.line = line
        self.suite, *self.options, self.case = shlex.split(line)


class Patch:
    def __init__(self, name):
        self.name = name
        self.path = os.path.join(HERE, name + ".patch")
        self.header = {}
        self.attacks = []
        with open(self.path, encoding="utf-8") as file:
            for line in file:
                if line.startswith(("diff ", "--- ")):
                    break
                key, colon, value = line.partition(": ")
                if not colon:
                    continue
                if key == "Attack":
                    self.attacks.append(Attack(value.strip()))
                else:
                    self.header[key] = value.strip()

    def advisories(self):
        return [name.strip() for name in self.header.get("Advisories", "-").split(",")
                if name.strip() != "-"]

    def flaws(self):
        """What is wrong with the header."""
        for key in KEYS:
            if not self.header.get(key):
                yield f'expected a line "{key}: …" before the diff'
        if not self.attacks:
            yield 'expected a line "Attack: SUITE "TEST CASE"" before the diff'
        for attack in self.attacks:
            if attack.suite not in SUITES:
                yield f'"Attack: {attack.line}": the suite is one of {", ".join(SUITES)}'


def patches():
    return [Patch(name[:-len(".patch")]) for name in sorted(os.listdir(HERE)) if name.endswith(".patch")]


def apply_command(patch, *options):
    return ["git", "apply", *options, patch.path]
