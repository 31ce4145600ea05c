#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who is told? Takes Alertmanager's messages on 127.0.0.1:PORT and appends one JSON line an alert to FILE:
path, status, labels, annotations.

    alert_webhook.py PORT FILE
"""
import http.server
import json
import sys


class Webhook(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with open(sys.argv[2], "a", encoding="utf-8") as file:
            for alert in message["alerts"]:
                line = {"path": self.path, **{key: alert[key] for key in ("status", "labels", "annotations")}}
                file.write(json.dumps(line) + "\n")
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Webhook).serve_forever()
