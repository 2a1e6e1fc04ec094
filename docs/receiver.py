#!/usr/bin/env python3
"""A webhook receiver that needs nothing but Python: verifies the signature, drops repetitions, prints the event.

    python3 docs/receiver.py whsec_...        listens on http://127.0.0.1:9000/
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOLERANCE = 5 * 60  # seconds that our clock and the sender's may differ


def is_genuine(secret, headers, body):
    """Whether one of the signatures is ours, over exactly these bytes, made just now."""
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdigit() or abs(time.time() - int(timestamp)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest())
    # Several while a secret is being replaced: one of them is enough.
    for signature in headers.get("webhook-signature", "").split():
        version, _, value = signature.partition(",")
        if version == "v1" and hmac.compare_digest(value.encode(), expected):
            return True
    return False


class Receiver(BaseHTTPRequestHandler):
    seen = set()  # in real life: a table, written in the transaction that handles the event

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not is_genuine(self.server.secret, self.headers, body):
            return self.answer(401)
        message_id = self.headers["webhook-id"]
        if message_id not in self.seen:
            self.seen.add(message_id)
            event = json.loads(body)
            print(event["type"], json.dumps(event["data"])[:160], flush=True)
        self.answer(204)  # any 2xx: it is not sent again

    def answer(self, status):
        self.send_response(status)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    server = ThreadingHTTPServer(("127.0.0.1", 9000), Receiver)
    server.secret = sys.argv[1]
    server.serve_forever()
