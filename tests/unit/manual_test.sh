#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Do the manual pages say what the programs take, and are they well formed?
#
#   manual_test.sh MAN-FOLDER MXRAY MXRAYD EXAMPLE.yaml     exit 77: there is no mandoc
set -euo pipefail
folder=$1 mxray=$2 mxrayd=$3 example=$4

fail() { echo "FAILED: $*" >&2 && exit 1; }

if ! command -v mandoc >/dev/null; then
  echo "NOT TESTED: mandoc is not installed (scripts/setup test)"
  exit 77
fi

same() { # WHAT WANTED GOT
  [[ -n $2 ]] || fail "$1: there is nothing to compare"
  [[ $2 == "$3" ]] || fail "$1 differs:"$'\n'"$(diff <(echo "$2") <(echo "$3"))"
}

# The long options that a --help names at the begin of its lines, sorted.
in_help() { grep -E '^  (-., ?|-.,)?--' | grep -oE -- '--[a-z][a-z.-]*' | sort -u; }
# Those that a page has items for, in the section that is given by its title.
in_page() { # PAGE SECTION
  awk -v title="$2" '/^\.S[sh] / { on = ($0 == title) } on && /^\.It .*Fl/' "$1" |
    sed 's/\\&//g; s/\\-/-/g' | grep -oE 'Fl -[a-z][a-z.-]*' | sed 's/Fl -/--/' | sort -u
}
# The first of an entry's options only: what its text mentions is no entry.
first_column() { cut -c 1-28; }

for page in mxray.1 mxrayd.8 mxrayd.yaml.5; do
  mandoc -T lint -W warning "$folder/$page" || fail "$page is not well formed"
done

commands=$("$mxray" --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on && /^  [a-z]/ { print $1 }')
[[ $commands == *incidents* ]] || fail "mxray --help names no commands"
for command in $commands; do
  for part in $([[ $command == check ]] && echo check_dns check_ident || echo "$command"); do
    part=${part//_/ }
    # shellcheck disable=SC2086  # `check dns` is two words
    help=$("$mxray" $part --help)
    wanted=$(first_column <<<"$help" | in_help | grep -vx -- --help) || wanted=none  # top
    title=".Ss \\&mxray"
    for word in $part; do title+=" \\&$word"; done
    grep -qxF -- "$title" "$folder/mxray.1" || fail "the page does not know mxray $part"
    same "mxray $part" "$wanted" "$(in_page "$folder/mxray.1" "$title" || echo none)"
  done
done
same "mxray" "$("$mxray" --help | first_column | in_help | grep -vx -- --help)" \
  "$(in_page "$folder/mxray.1" ".Sh DESCRIPTION")"
same "mxrayd" "$("$mxrayd" --help | first_column | in_help | grep -vx -- --help)" "$(in_page "$folder/mxrayd.8" ".Sh DESCRIPTION")"

# Keys with their section: `web.listen_address`. One that only opens a section has no item,
# unless something is said of it.
keys=$(awk -F: '/^[a-z_]+:/ { section = $1; if ($2 != "" || section == "ports" || section == "retention") print section }
                /^  [a-z_]+:/ { gsub(/ /, "", $1); print section "." $1 }' "$example" | sort -u)
same "mxrayd.yaml" "$keys" "$(sed -n 's/^\.It Cm \\&//p' "$folder/mxrayd.yaml.5" | sort -u)"

# A page can be read: its last section is there.
mandoc -T ascii "$folder/mxray.1" | grep -q 'mxrayd.yaml(5)' || fail "mxray.1 does not show"
echo "the manual says what the programs take"
