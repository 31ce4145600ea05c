# SPDX-License-Identifier: Apache-2.0
# bash: which words can follow? `mxray complete` knows.
_mxray() {
  local line typed=${COMP_WORDS[COMP_CWORD]} mxray=${COMP_WORDS[0]/#\~/"$HOME"}
  # readline parts words at `=`, too; then nothing of the value is typed yet.
  [[ $typed == = ]] && typed=
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :files ]]; then
      compopt -o filenames 2>/dev/null
      while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "$typed")
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <("$mxray" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _mxray mxray
