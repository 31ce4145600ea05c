#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Does every relative link in the documents lead to a file that is there, and to a
heading that it has?

    links.py FOLDER...     the sources, or where they were installed
"""
import pathlib
import re
import sys

LEAST_LINKS = 40  # fewer were found only if this script no longer sees them


def text_of(page):
    """Without blocks of code, in which brackets are no links."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.S | re.M)


def anchors_of(page):
    """As git servers and most renderers make them of headings."""
    headings = re.findall(r"^#+ +(.+)$", text_of(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def pages_below(folder):
    return [page for page in sorted(folder.rglob("*.md"))
            if not any(part in ("build", "node_modules") for part in page.relative_to(folder).parts)]


def complaint(page, link):
    file, _, anchor = link.partition("#")
    target = page.parent / file if file else page
    if not target.exists():
        return f"there is no {file}"
    if anchor and anchor not in anchors_of(target):
        return f"{file or page.name} has no heading {anchor}"
    return None


def main(folders):
    if not folders:
        print(__doc__, file=sys.stderr)
        return 2
    found = broken = 0
    for folder in map(pathlib.Path, folders):
        for page in pages_below(folder):
            for link in re.findall(r"\]\(<?([^)>\s]+)", text_of(page)):
                if re.match(r"[a-z]+:", link):
                    continue  # another place of the network
                found += 1
                if (why := complaint(page, link)) is not None:
                    broken += 1
                    print(f"{page}: {link}: {why}")
    if found < LEAST_LINKS:
        print(f"only {found} links were found in {' '.join(folders)}")
    return 1 if broken or found < LEAST_LINKS else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
