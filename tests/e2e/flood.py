#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends a counted flood out of an interface, of clients that do not exist.

    flood.py INTERFACE KIND COUNT

KIND, of which COUNT are sent:
    answered   SYNs to port 25, each with the SYN-ACK that a server gives to everybody
    data       data to and from port 25, of connections that nobody has opened
    greeted    handshakes as they should be, then a greeting: two records each
    reset      the RSTs of the `greeted` ones: a record each
    talking    handshakes, a greeting and what the client says to it
    lied-to    to the `talking` ones a forged reply, then the server's own: an incident each

The frames are for a MAC address that nobody has: what watches the interface sees
them, the stack drops them, and nobody answers.
"""

import socket
import struct
import sys

SERVER = socket.inet_aton("192.0.2.2")
SYN, RST, PSH, ACK = 2, 4, 8, 16
CLIENT_ISN, SERVER_ISN = 1_000_000, 9_000_000
GREETING = b"220 mail.example.net ESMTP\r\n"
HELO = b"EHLO client.example.org\r\n"
REPLY = b"250 mail.example.net\r\n"
LIE = b"554 5.7.1 by another box\r\n"
AFTER_GREETING = SERVER_ISN + 1 + len(GREETING), CLIENT_ISN + 1 + len(HELO)


def frame(from_server: bool, flags: int, seq: int, ack: int, text: bytes = b"", ttl: int = 52) -> bytearray:
    tcp = struct.pack("!HHIIBBHHH", 25 if from_server else 0, 0 if from_server else 25, seq, ack, 5 << 4, flags, 64240, 0, 0)
    header = struct.pack(
        "!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp) + len(text), 1, 0x4000, ttl if from_server else 60, 6, 0,
        SERVER if from_server else bytes(4), bytes(4) if from_server else SERVER)
    return bytearray(b"\x02\0\0\0\0\xfe" + b"\x02\0\0\0\0\xfd" + b"\x08\0" + header + tcp + text)


def at(from_server: bool) -> tuple[int, int]:
    """Where the client's address and port are."""
    return (30, 36) if from_server else (26, 34)


GREETED = [
    (False, SYN, CLIENT_ISN, 0, b""),
    (True, SYN | ACK, SERVER_ISN, CLIENT_ISN + 1, b""),
    (False, ACK, CLIENT_ISN + 1, SERVER_ISN + 1, b""),
    (True, PSH | ACK, SERVER_ISN + 1, CLIENT_ISN + 1, GREETING),
]
KINDS = {
    "answered": [(False, SYN, CLIENT_ISN, 0, b""), (True, SYN | ACK, SERVER_ISN, CLIENT_ISN + 1, b"")],
    "data": [(False, PSH | ACK, 77, 88, b"MAIL FROM:<a@example.org>\r\n"), (True, PSH | ACK, 99, 11, b"550 5.7.1 no\r\n")],
    "greeted": GREETED,
    "reset": [(True, RST | ACK, SERVER_ISN + 1 + len(GREETING), CLIENT_ISN + 1, b"")],
    "talking": [*GREETED, (False, PSH | ACK, CLIENT_ISN + 1, SERVER_ISN + 1 + len(GREETING), HELO)],
    "lied-to": [(True, PSH | ACK, *AFTER_GREETING, LIE, 117), (True, PSH | ACK, *AFTER_GREETING, REPLY)],
}
NETWORKS = {
    "answered": 0x64400000, "data": 0x64600000, "greeted": 0x64800000, "reset": 0x64800000,
    "talking": 0x64A00000, "lied-to": 0x64A00000,
}


def main() -> None:
    interface, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    frames = [(frame(*part), *at(part[0])) for part in KINDS[kind]]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as wire:
        wire.bind((interface, 0))
        for client in range(count):
            for packet, address_at, port_at in frames:
                struct.pack_into("!I", packet, address_at, NETWORKS[kind] + client)
                struct.pack_into("!H", packet, port_at, 20_000 + client % 16_384)
                wire.send(packet)


main()
