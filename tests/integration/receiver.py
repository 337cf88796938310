"""An HTTP server that takes messages, and answers as it is told to."""
import http.server
import json
import threading

from daemon import wait_until


class Receiver:
    """`with Receiver() as receiver:` - what was posted stands in `messages`, as JSON where it is some."""

    def __init__(self):
        self.messages = []
        self.keys = []  # the idempotency key of each
        self.status = 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                if receiver.status < 300:
                    receiver.keys.append(self.headers.get("Idempotency-Key"))
                    receiver.messages.append(json.loads(body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def wait(self, count, seconds=60):
        wait_until(lambda: len(self.messages) >= count, seconds, f"{count} messages; there are {self.messages}")
        return self.messages
