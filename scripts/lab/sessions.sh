#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# How do many mail sessions run at once, each told from the others by its client
# port? A session has a name; its dialogue is in LAB_DIR/NAME.txt, and the box that
# forges in it, if there is one, writes LAB_DIR/NAME.forger.txt. Sourced by lab.sh.

declare -A LAB_SESSION_PORT=() LAB_SESSION_PID=()
LAB_NEXT_PORT=40001

# A name of its own and the next port. Fails on a name that is taken.
lab_name_session() {
  [[ -z ${LAB_SESSION_PORT[$1]:-} ]] || lab_fail "two sessions are called $1"
  LAB_SESSION_PORT[$1]=$((LAB_NEXT_PORT++))
}

lab_port_of() {
  case $1 in
    smtp) echo 25 ;;
    pop3) echo 110 ;;
    imap) echo 143 ;;
  esac
}

# Begins a named session: lab_begin_session NAME PROTOCOL SERVER [--timeout SECONDS]
# [COMMAND…], without commands a whole one.
lab_begin_session() {
  local name=$1 protocol=$2 server=$3 options=()
  shift 3
  [[ ${1:-} != --timeout ]] || { options=("$1" "$2") && shift 2; }
  if (($# == 0)); then
    case $protocol in
      smtp) set -- "EHLO client.example.org" "MAIL FROM:<anna@example.org>" \
        "RCPT TO:<$LAB_USER@$LAB_DOMAIN>" "DATA" "Subject: lab\r\n\r\nHello.\r\n." "QUIT" ;;
      pop3) set -- "USER $LAB_USER" "PASS $LAB_PASSWORD" "STAT" "+LIST" "QUIT" ;;
      imap) set -- "LOGIN $LAB_USER $LAB_PASSWORD" "SELECT INBOX" "LOGOUT" ;;
    esac
  fi
  lab_start client "$name.txt" "$LAB_BUILD/lab-mail-client" --protocol "$protocol" \
    --server "$server" --port "$(lab_port_of "$protocol")" \
    --source-port "${LAB_SESSION_PORT[$name]}" "${options[@]}" "$@"
  LAB_SESSION_PID[$name]=$LAB_PID
}

# The session's forger, in SPACE: lab_begin_forger NAME SPACE PROTOCOL OPTION…
lab_begin_forger() {
  local name=$1 space=$2 protocol=$3
  shift 3
  lab_start "$space" "$name.forger.txt" "$LAB_BUILD/lab-forger" --port "$(lab_port_of "$protocol")" \
    --client-port "${LAB_SESSION_PORT[$name]}" --seconds 60 "$@"
}

# For lab_until.
lab_forger_is_ready() { grep -q ready "$LAB_DIR/$1.forger.txt"; }

# Waits until the sessions named have ended; their exit codes are not looked at.
lab_await_sessions() {
  local name
  for name in "$@"; do
    wait "${LAB_SESSION_PID[$name]}" || true
    lab_forget "${LAB_SESSION_PID[$name]}"
  done
}

lab_dialogue() { cat "$LAB_DIR/$1.txt"; }

# The incidents of a session, as a JSON array.
lab_session_incidents() {
  lab_incidents "map(select(.client.port == ${LAB_SESSION_PORT[$1]} or .inside_client.port == ${LAB_SESSION_PORT[$1]}))"
}
