# SPDX-License-Identifier: Apache-2.0
# test/lint/tree.py - what the lints share: the files of the repository, and how a lint reports.
"""A lint is a program that prints one line per finding, `path:line: what`, and exits 1 if any."""

import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
OURS = ("lib", "tools", "shim", "test")


def known_to_git(below):
    """Nothing where TOP is no repository, or no git is installed."""
    try:
        listed = subprocess.run(
            ["git", "-C", TOP, "ls-files", "-co", "--exclude-standard", "--", *below],
            capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return []
    return listed.stdout.splitlines() if listed.returncode == 0 else []


def files(*endings, below=OURS):
    """Paths below the repository, of what git knows or would add; of an unpacked archive, all."""
    names = known_to_git(below)
    if not names:
        names = [start for start in below if os.path.isfile(os.path.join(TOP, start))]
        names += [os.path.relpath(os.path.join(base, name), TOP)
                  for start in below
                  for base, _, found in os.walk(os.path.join(TOP, start)) for name in found
                  if f"{os.sep}.cache" not in base]
    return sorted(name for name in set(names)
                  if name.endswith(endings) and os.path.isfile(os.path.join(TOP, name)))


def text(path):
    with open(os.path.join(TOP, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def includes(path):
    """(line, quoted or angled, name) of each #include."""
    for number, line in enumerate(text(path).splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1), match.group(2)


def resolve(path, name):
    """The file of ours that `#include "name"` in `path` means, or None."""
    for start in (os.path.dirname(path), "lib", "lib/include", "shim"):
        found = os.path.normpath(os.path.join(start, name))
        if os.path.isfile(os.path.join(TOP, found)):
            return found
    return None


def code_lines(path):
    """(number, line) without comments and without what stands in string literals."""
    plain = re.sub(
        r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'',
        lambda m: '""' if m.group(0)[0] == '"' else re.sub(r"[^\n]", " ", m.group(0)),
        text(path), flags=re.S)
    return enumerate(plain.splitlines(), 1)


def report(findings):
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)


if __name__ == "__main__":  # for lints in shell: tree.py ENDING…
    print("\n".join(files(*sys.argv[1:], below=(*OURS, "quickstart", ".ci"))))
