#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Do bash, zsh and fish themselves complete mxray's words?
#
#   completion_test.sh MXRAY COMPLETIONS SHELL     exit 77: there is no such shell
set -euo pipefail
mxray=$1 completions=$2 shell=$3

fail() { echo "FAILED: $*" >&2 && exit 1; }

if ! command -v "$shell" >/dev/null; then
  echo "NOT TESTED: $shell is not installed (scripts/setup test)"
  exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/captures" && touch "$folder/capture one.pcap"
cd "$folder"
# Found by name, as a user has it; no daemon is asked.
mkdir bin && ln -s "$mxray" bin/mxray
export PATH="$folder/bin:$PATH" MXRAY_SOCKET="$folder/none" HOME="$folder" LC_ALL=C.UTF-8
unset TERM

# What the shell offers for a command line that the cursor ends, a word a line.
offered_by_bash() {
  # shellcheck disable=SC2016  # expanded by the shell under test
  bash --noprofile --norc -c '
    source "$1/mxray.bash"
    read -r function < <(complete -p mxray | sed -E "s/.*-F ([^ ]+).*/\1/")
    COMP_LINE=$2 COMP_POINT=${#2}
    # As readline parts them: at spaces and at `=`.
    read -r -a COMP_WORDS <<<"${2//=/ = }"
    [[ $2 == *" " ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
    "$function"
    ((${#COMPREPLY[@]} == 0)) || printf "%s\n" "${COMPREPLY[@]}"' - "$completions" "$1"
}

offered_by_fish() {
  # shellcheck disable=SC2016
  fish --no-config -c 'source $argv[1]/mxray.fish; complete --do-complete $argv[2]' \
    "$completions" "$1" | cut -f 1
}

# zsh lists only in a terminal: a made-up one, in which it shows what it would add.
offered_by_zsh() {
  cat >"$folder/.zshrc" <<ZSHRC
fpath=($completions \$fpath)
PROMPT= RPROMPT=
unsetopt beep
autoload -U compinit && compinit -u -D
zstyle ':completion:*' verbose no
compadd () {
  # -A, -O and -D are compadd's own look-ups; what else is added is offered.
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then builtin compadd "\$@"; return; fi
  typeset -a found
  builtin compadd -A found "\$@"
  (( \$#found )) && print -rl -- \${(Q)found} >>$folder/offered
}
bindkey '^I' complete-word
# Not ^U: before zsh reads key by key, the terminal itself would take the whole line away.
bindkey '^G' kill-whole-line
ZSHRC
  rm -f offered
  # shellcheck disable=SC2016
  TERM=dumb timeout 20 zsh -f -c '
    zmodload zsh/zpty
    zpty shell "ZDOTDIR=$1 zsh -i"
    zpty -w shell "print read\"\"y"
    while zpty -r shell line; do [[ $line == *ready* ]] && break; done
    zpty -w -n shell "$2"$'"'\\t'"'
    zpty -w shell $'"'\\x07'"'"print don\"\"e"
    while zpty -r shell line; do [[ $line == *done* ]] && break; done
    zpty -d shell' - "$folder" "$1" >/dev/null || true
  [[ ! -e offered ]] || cat offered
}

# LINE, then the words that must be offered; `none` for nothing at all.
expect() {
  local line=$1 got wanted
  shift
  wanted=$(printf '%s\n' "$@" | sort)
  got=$("offered_by_$shell" "$line" | sort -u)
  [[ $wanted == none ]] && wanted=
  [[ $got == "$wanted" ]] || fail "$shell offers for '$line': ${got//$'\n'/ }; not: ${wanted//$'\n'/ }"
}

expect 'mxray inc' incidents
expect 'mxray check ' dns ident
expect 'mxray incidents --not-k' --not-kind
expect 'mxray incidents --kind forged_' forged_reply forged_reset
expect 'mxray flows --state wait' waiting
expect 'mxray flows --color never --state enc' encrypted
expect 'mxray explain 4d' none
expect 'mxray replay capture' 'capture one.pcap' "captures$([[ $shell != fish ]] || echo /)"
case $shell in
  # bash replaces the value only, the others the whole word.
  bash) expect 'mxray incidents --kind=forged_rep' forged_reply ;;
  *) expect 'mxray incidents --kind=forged_rep' --kind=forged_reply ;;
esac
echo "$shell completes mxray"
