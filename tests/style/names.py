#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does each name mean one thing?

Two classes of one name in one namespace are undefined behaviour where a program holds
both: the linker takes the destructor of either for both, and no compiler sees it, for each
reads one file. Classes of anonymous namespaces are a file's own.

  names.py [PROJECT]
"""
import collections
import pathlib
import re
import sys

FOLDERS = ("userspace", "tests")
# The core asks each program for its own; no program holds two.
OF_EACH_PROGRAM = {"mxray::core::environment"}
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
OPENING = re.compile(r"\bnamespace\s*([\w:]*)\s*\{"
                     r"|\b(?:struct|class|union|enum(?:\s+(?:class|struct))?)\s+(\w+)(?!\w|::)[^;{}()=<]*\{"
                     r"|[{}]")


def types_of(text):
    """Qualified names of the types that are defined at namespace scope, anonymous ones left out."""
    scopes = []  # of each open brace: its namespace's name, or None
    for match in OPENING.finditer(NOISE.sub(" ", text)):
        if match.group(0) == "}":
            if scopes:
                scopes.pop()
            continue
        if match.group(2) and None not in scopes and "" not in scopes:
            yield "::".join([*scopes, match.group(2)])
        scopes.append(match.group(1))


def main(arguments):
    project = pathlib.Path(arguments[0] if arguments else ".")
    places = collections.defaultdict(set)
    for file in sorted(file for folder in FOLDERS for file in (project / folder).rglob("*")):
        if file.suffix in (".h", ".cpp"):
            for name in types_of(file.read_text(encoding="utf-8")):
                places[name].add(str(file.relative_to(project)))
    if len(places) < 50:
        print("names.py found hardly any type: it does not understand the sources")
        return 1
    several = {name: files for name, files in places.items() if len(files) > 1 and name not in OF_EACH_PROGRAM}
    for name, files in sorted(several.items()):
        print(f"{name} is more than one thing: {', '.join(sorted(files))}")
    return 1 if several else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
