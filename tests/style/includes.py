#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does every #include point where docs/architecture.md says it may?

    includes.py [PROJECT]      complaints, one a line; 0 if there are none

Reads the table `| folder | answers | may include |`: each item is a folder of userspace,
`FOLDER's data types`, or a header in backticks (`bpf/*.h`); words behind it explain. An
item that no file needs is a complaint, too, so the table stays as small as the truth.
"""
import fnmatch
import pathlib
import re
import sys

SEAM = ["base/*", "bpf/record.h"]  # open to all of userspace
# "The only place with ...": which folders may include these.
LIBRARIES = {"bpf/": ["probe"], "pcap": ["replay"], "sqlite3.h": ["store"], "ares.h": ["dns"],
             "microhttpd.h": ["server"], "gnutls/": ["server"], "crypt.h": ["server"],
             "curses.h": ["top"], "zlib.h": ["server", "maillog"], "systemd/": ["daemon"],
             "curl/": ["cli"], "seccomp.h": ["probe"]}


def rows_of(document):
    """Folder of userspace to what its row says."""
    return dict(re.findall(r"^\| `userspace/(\w+)` \|.*\| ([^|]*) \|$", document, re.M))


def data_types_of(document):
    text = re.search(r"\*data types\*(.*?)\n\n", document, re.S)
    return re.findall(r"`(\w+/\w+\.h)`", text.group(1)) if text else []


def patterns_of(cell, data_types):
    """Each item of a row, with the headers that it allows."""
    cell = re.sub(r"\([^)]*\)", "", cell.split(";")[0])
    items = {}
    for item in filter(None, map(str.strip, cell.split(","))):
        header = re.match(r"`([^`]+)`", item)
        folder = re.match(r"(\w+)", item)
        if header:
            items[item] = [header.group(1)]
        elif "data types" in item and folder:
            items[item] = [name for name in data_types if name.startswith(folder.group(1) + "/")]
        else:
            items[item] = [f"{folder.group(1)}/*" if folder else item]
    return items


def includes_of(file):
    """Of the project as `folder/header`, and of libraries, as they are written."""
    text = file.read_text(encoding="utf-8")
    own = [name if "/" in name else "bpf/" + name
           for name in re.findall(r'^#include "([^"]+)"', text, re.M) if not name.endswith(".skel.h")]
    return own, re.findall(r"^#include <([^>]+)>", text, re.M)


def sources_below(folder):
    return [file for file in sorted(folder.rglob("*"))
            if file.name.endswith((".h", ".c", ".cpp", ".cpp.in"))]


def allows(patterns, name):
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)


def of_userspace(project, document):
    rows, data_types = rows_of(document), data_types_of(document)
    folders = sorted(path.name for path in (project / "userspace").iterdir() if path.is_dir())
    for folder in sorted(set(folders) ^ set(rows)):
        yield f"docs/architecture.md and userspace/ do not both have {folder}"
    for folder in filter(rows.get, folders):
        items = patterns_of(rows[folder], data_types)
        used = set()
        for file in sources_below(project / "userspace" / folder):
            own, libraries = includes_of(file)
            for name in own:
                fitting = [item for item, patterns in items.items() if allows(patterns, name)]
                used.update(fitting)
                if not fitting and not name.startswith(folder + "/") and not allows(SEAM, name):
                    yield f"{file.relative_to(project)} includes {name}, which its row does not name"
            for name in libraries:
                for library, places in LIBRARIES.items():
                    if name.startswith(library) and folder not in places:
                        yield f"{file.relative_to(project)} includes <{name}>; the place for it is {places}"
        for item in items.keys() - used:
            yield f"docs/architecture.md: no file of userspace/{folder} includes {item}"


def of_core(project):
    """Pure: no maps, no helpers, nothing of userspace, kernel UAPI only."""
    for file in sources_below(project / "bpf"):
        own, libraries = includes_of(file)
        pure = file.name not in ("maps.h", "kernel.h", "calls.h", "mxray.bpf.c")
        for name in own:
            if not name.startswith("bpf/") or (pure and name in ("bpf/maps.h", "bpf/kernel.h", "bpf/calls.h")):
                yield f"{file.relative_to(project)} includes {name}"
        for name in libraries:
            if pure and not name.startswith("linux/"):
                yield f"{file.relative_to(project)} includes <{name}>"


def main(arguments):
    project = pathlib.Path(arguments[0] if arguments else ".")
    document = (project / "docs/architecture.md").read_text(encoding="utf-8")
    complaints = [*of_userspace(project, document), *of_core(project)]
    for line in complaints:
        print(line)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
