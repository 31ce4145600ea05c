#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds COUNT connections to 127.0.0.1:PORT from three addresses for at most a minute: silent ones, ones that
stop in their TLS handshake, and (with the certificate and the login) ones that do not read their answer. Those that
the server closes are opened anew. Says `holding` when all have been opened.

    web_crowd.py PORT COUNT CERTIFICATE KEY LOGIN
"""
import base64
import select
import socket
import ssl
import sys
import time

port, count = int(sys.argv[1]), int(sys.argv[2])
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.load_cert_chain(sys.argv[3], sys.argv[4])
login = base64.b64encode(sys.argv[5].encode()).decode()
request = f"GET /metrics HTTP/1.1\r\nHost: test\r\nAuthorization: Basic {login}\r\n\r\n".encode()


def first_flight():
    outgoing = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing).do_handshake()
    except ssl.SSLWantReadError:
        return outgoing.read()


def open_one(number):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(5)
    connection.bind((f"127.0.0.{2 + number % 3}", 0))
    connection.connect(("127.0.0.1", port))
    if number % 16 == 0:
        connection = context.wrap_socket(connection)
        connection.sendall(request)
    elif number % 2 == 0:
        connection.sendall(first_flight())
    return connection


def hold(number):
    try:
        return open_one(number)
    except OSError:  # closed on the way to make room for another
        return None


def is_closed(connection):
    if connection is None:
        return True
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))


end = time.monotonic() + 60
crowd = [hold(number) for number in range(count)]
print("holding", flush=True)
while time.monotonic() < end:
    for number, connection in enumerate(crowd):
        if is_closed(connection):
            crowd[number] = hold(number)
    time.sleep(0.1)
