"""A receiver of notifications that needs Python alone: it takes every POST, and shows by GET what it got."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

received = []


class Receiver(BaseHTTPRequestHandler):
    """Answers 202 as a flow does; a flow of yours would begin where the notification is kept."""

    def do_POST(self):
        notification = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        received.append({"path": self.path, "notification": notification})
        print(self.path, notification["ServiceName"], notification["StartTime"], flush=True)
        self.answer(202)

    def do_GET(self):
        self.answer(200, json.dumps(received).encode())

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("", 7071), Receiver).serve_forever()
