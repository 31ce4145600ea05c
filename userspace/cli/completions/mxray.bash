# SPDX-License-Identifier: Apache-2.0
# bash: which words can follow? `mxray complete` knows.
_mxray() {
  local word typed lines
  # readline parts words at = and :, and so gives them as words of their own.
  mapfile -t lines < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  typed=${COMP_WORDS[COMP_CWORD]}
  [[ $typed == = ]] && typed=
  COMPREPLY=()
  for word in "${lines[@]}"; do
    word=${word%%$'\t'*}
    if [[ $word == :files ]]; then
      compopt -o filenames 2>/dev/null
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$typed")
    elif [[ $word == "$typed"* ]]; then
      COMPREPLY+=("$word")
    fi
  done
}
complete -F _mxray mxray
