#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sends a known number of a mail connection's packets over an interface.

usage: packet_sender.py INTERFACE COUNT PER_SECOND STOP_FILE

Bare acknowledgements of one client to port 25, to a MAC address that the test may give to
the other end: whoever watches that sees each once, and nobody answers. Ends after COUNT, or
once there is STOP_FILE, and prints how many it sent.
"""
import os
import socket
import struct
import sys
import time

BATCH = 10  # the other end's queue holds 1000


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(number):
    source, target = socket.inet_aton("10.0.9.1"), socket.inet_aton("10.0.9.2")
    tcp = struct.pack("!HHIIBBHHH", 40000, 25, 1000, 2000 + number, 5 << 4, 0x10, 512, 0, 0)
    pseudo = source + target + struct.pack("!BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack("!H", checksum(pseudo + tcp)) + tcp[18:]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), number & 0xFFFF, 0x4000, 64, 6, 0, source, target)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return bytes.fromhex("020000000002" "020000000001" "0800") + ip + tcp


def main():
    interface, count, rate, stop_file = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    sent, begun = 0, time.monotonic()
    while sent < count and not os.path.exists(stop_file):
        due = min(count, int((time.monotonic() - begun) * rate) + 1, sent + BATCH)
        while sent < due:
            wire.send(frame(sent))
            sent += 1
        time.sleep(BATCH / rate / 2)
    print(sent)


main()
