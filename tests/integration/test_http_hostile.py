"""src/http against clients that are broken, slow, many or malicious; the server is tests/support/http_demo.c.

Every row of the hostile input that the server must stand is here by name. Nothing sleeps: a slow client paces
itself by waiting for an answer that may come early, everything else waits for bytes or the end of a connection.
"""
import contextlib
import gzip
import json
import os
import pathlib
import re
import resource
import select
import signal
import socket
import stat
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BELLWETHER", str(ROOT / "build" / "bellwether"))).resolve().parent
DEMO = pathlib.Path(os.environ.get("HTTP_DEMO", str(BUILD / "tests" / "support" / "http_demo")))
WAIT = 20  # longest wait for anything, in seconds; reached only by a failure

pytestmark = pytest.mark.skipif(not DEMO.exists(), reason=f"no {DEMO}: configure with -Dtests=true")


class Server:
    """The demo as a process. The kernel chooses its port."""

    def __init__(self, *options):
        self.process = subprocess.Popen([DEMO, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addresses = []
        for line in self.process.stdout:
            if line == "ready\n":
                break
            self.addresses.append(line.split(" ", 1)[1].strip())
        else:
            raise RuntimeError(self.process.stderr.read())
        self.port = int(self.addresses[0].rsplit(":", 1)[1]) if "unix:" not in self.addresses[0] else None

    @property
    def pid(self):
        return self.process.pid

    def stop(self):
        """Asks it to stop; what it printed since. It must go without a complaint of a sanitizer."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        output, errors = self.process.communicate(timeout=WAIT)
        assert self.process.returncode == 0, errors
        assert errors == ""
        return output

    def connect(self, **options):
        return Client(socket.create_connection(("127.0.0.1", self.port), timeout=WAIT), **options)

    def stats(self):
        with self.connect() as client:
            return json.loads(client.ask("GET /stats HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").body)


class Answer:
    def __init__(self, status, head, body):
        self.status, self.head, self.body = status, head, body
        self.fields = {}
        for line in head.split("\r\n")[1:]:
            name, value = line.split(": ", 1)
            assert name.lower() not in self.fields, f"{name} twice"
            self.fields[name.lower()] = value

    def problem(self):
        assert self.fields["content-type"] == "application/problem+json"
        document = json.loads(self.body)
        assert document["status"] == self.status
        return document


class Client:
    """A socket that says exactly what it is told to, and reads answers strictly."""

    def __init__(self, sock):
        self.sock = sock
        self.pending = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def send_until_refused(self, data):
        """As much as the peer takes; it may hang up in between."""
        with contextlib.suppress(ConnectionError):
            self.send(data)

    def more(self):
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError:
            data = b""
        self.pending += data
        return bool(data)

    def read_to(self, mark):
        while mark not in self.pending:
            assert self.more(), f"closed before {mark!r}: {self.pending[:300]!r}"
        part, self.pending = self.pending.split(mark, 1)
        return part

    def answer(self, head_only=False):
        head = self.read_to(b"\r\n\r\n").decode("latin-1")
        status = int(re.match(r"HTTP/1\.1 (\d{3}) ", head)[1])
        answer = Answer(status, head, b"")
        length = int(answer.fields.get("content-length", 0))
        if head_only or status in (204, 304):
            return answer
        while len(self.pending) < length:
            assert self.more(), "closed within the body"
        answer.body, self.pending = self.pending[:length], self.pending[length:]
        return answer

    def ask(self, data, **options):
        self.send(data)
        return self.answer(**options)

    def closed(self):
        """Waits for the end; True when nothing more came."""
        while self.more():
            pass
        return self.pending == b""

    def has_answer_within(self, seconds):
        return bool(self.pending) or bool(select.select([self.sock], [], [], seconds)[0])

    def event(self):
        """One event of a stream as {field: value}."""
        return dict(line.split(": ", 1) for line in self.read_to(b"\n\n").decode().split("\n"))


@pytest.fixture
def serve():
    """Starts servers; each is stopped and must end well."""
    servers = []

    def start(*options):
        servers.append(Server(*options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def server():
    one = Server("page=20000")
    yield one
    one.stop()


GET = "GET / HTTP/1.1\r\n"
HOST = "Host: localhost\r\n"
POST = "POST /echo HTTP/1.1\r\nHost: localhost\r\n"
PAGE = "GET /page HTTP/1.1\r\nHost: localhost\r\n"


def wait_until(condition, what):
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, what


# --- one bad request: its status, a problem document, and the end of the connection ---

REFUSED = {
    "header of 64 KB": (GET + HOST + "X: " + "a" * 65536 + "\r\n\r\n", 431),
    "65 fields": (GET + HOST + "X: a\r\n" * 64 + "\r\n", 431),
    "target of 16 KB": ("GET /" + "a" * 16384 + " HTTP/1.1\r\n" + HOST + "\r\n", 414),
    "target of 5 KB": ("GET /" + "a" * 5000 + " HTTP/1.1\r\n" + HOST + "\r\n", 414),
    "length and chunked": (POST + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (POST + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", 400),
    "length +5": (POST + "Content-Length: +5\r\n\r\nhello", 400),
    "xchunked": (POST + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 501),
    "space before colon": (GET + "Host : localhost\r\n\r\n", 400),
    "no host": (GET + "\r\n", 400),
    "two hosts": (GET + HOST + HOST + "\r\n", 400),
    "nul in a header": (GET + HOST + "X: a\0b\r\n\r\n", 400),
    "nul in the target": ("GET /\0 HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "bare lf": ("GET / HTTP/1.1\nHost: localhost\n\n", 400),
    "bare cr": (GET + "Host: local\rhost\r\n\r\n", 400),
    "folded header": (GET + HOST + "X: a\r\n b\r\n\r\n", 400),
    "http/2": ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    "http/3.0": ("GET / HTTP/3.0\r\n" + HOST + "\r\n", 505),
    "tls": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    "noise": (bytes(range(128, 256)) * 4, 400),
    "bad chunk size": (POST + "Transfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n0\r\n\r\n", 400),
    "negative chunk size": (POST + "Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n", 400),
    "chunk size of 9 digits": (POST + "Transfer-Encoding: chunked\r\n\r\n000000005\r\nhello\r\n", 400),
    "chunk too short": (POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n", 400),
    "length too large": (POST + "Content-Length: 262145\r\n\r\n", 413),
    "length beyond numbers": (POST + "Content-Length: 99999999999999999999999\r\n\r\n", 413),
    "chunks too large": (POST + "Transfer-Encoding: chunked\r\n\r\n" + ("10000\r\n" + "a" * 65536 + "\r\n") * 5, 413),
    "unknown expectation": (POST + "Content-Length: 5\r\nExpect: miracle\r\n\r\n", 417),
    "1.0 chunked": ("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_and_closed(server, name):
    data, status = REFUSED[name]
    with server.connect() as client:
        client.send_until_refused(data)
        answer = client.answer()
        assert answer.status == status
        assert answer.problem()["detail"]
        assert answer.fields["connection"] == "close"
        assert client.closed()


KEPT = {
    "unknown method": ("BREW / HTTP/1.1\r\n" + HOST + "\r\n", 501),
    "small method": ("get /page HTTP/1.1\r\n" + HOST + "\r\n", 501),
    "trace": ("TRACE /page HTTP/1.1\r\n" + HOST + "\r\n", 501),
    "connect": ("CONNECT localhost:443 HTTP/1.1\r\n" + HOST + "\r\n", 501),
    "nothing there": ("GET /nothing HTTP/1.1\r\n" + HOST + "\r\n", 404),
    "wrong method": ("PUT /page HTTP/1.1\r\n" + HOST + "\r\n", 405),
    "foreign host": (GET.replace("/ ", "/page ") + "Host: evil.example\r\n\r\n", 421),
    "foreign host with a port": ("GET /page HTTP/1.1\r\nHost: evil.example:80\r\n\r\n", 421),
    "name with our address in it": ("GET /page HTTP/1.1\r\nHost: 127.0.0.1.evil.example\r\n\r\n", 421),
    "empty host": ("GET /page HTTP/1.1\r\nHost:\r\n\r\n", 421),
    "user in host": ("GET /page HTTP/1.1\r\nHost: a@localhost\r\n\r\n", 400),
    "target against host": ("GET http://localhost:1/page HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "bad escape": ("GET /%zz HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "escaped nul": ("GET /page%00 HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "fragment": ("GET /page#x HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "star": ("GET * HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "no slash": ("GET page HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "path traversal": ("GET /../../../../etc/passwd HTTP/1.1\r\n" + HOST + "\r\n", 404),
    "encoded traversal": ("GET /%2e%2e/%2e%2e%2fetc/passwd HTTP/1.1\r\n" + HOST + "\r\n", 404),
    "deep path": ("GET " + "/a" * 1000 + " HTTP/1.1\r\n" + HOST + "\r\n", 404),
    "40 query values": ("GET /page?" + "a=b&" * 40 + " HTTP/1.1\r\n" + HOST + "\r\n", 400),
    "foreign origin": (POST + "Origin: http://evil.example\r\nContent-Length: 0\r\n\r\n", 403),
    "same host, other port": (POST + "Origin: http://localhost:3000\r\nContent-Length: 0\r\n\r\n", 403),
    "null origin": (POST + "Origin: null\r\nContent-Length: 0\r\n\r\n", 403),
}


@pytest.mark.parametrize("name", KEPT)
def test_refused_and_kept(server, name):
    """The framing is sound, so the connection goes on."""
    data, status = KEPT[name]
    with server.connect() as client:
        answer = client.ask(data)
        assert (answer.status, answer.problem()["status"]) == (status, status)
        assert "connection" not in answer.fields
        assert client.ask(PAGE + "\r\n").status == 200


def test_refused_before_the_body_ends_the_connection(server):
    with server.connect() as client:
        answer = client.ask("POST /nothing HTTP/1.1\r\n" + HOST + "Content-Length: 50\r\n\r\n")
        assert (answer.status, answer.fields["connection"]) == (404, "close")
        client.send_until_refused("GET /page HTTP/1.1\r\n" + HOST + "\r\n")
        assert client.closed()


# --- what is allowed ---


def test_ten_pipelined_requests_are_answered_in_order(server):
    with server.connect() as client:
        client.send("".join(f"GET /hello/n{n} HTTP/1.1\r\n{HOST}\r\n" for n in range(10)))
        assert [json.loads(client.answer().body)["name"] for n in range(10)] == [f"n{n}" for n in range(10)]


def test_pipelined_over_the_end_of_the_buffer(server):
    one = PAGE + "X: " + "a" * 1500 + "\r\n\r\n"
    with server.connect() as client:
        client.send(one * 30)
        assert {client.answer().status for _ in range(30)} == {200}


def test_body_and_next_request_in_one_segment(server):
    with server.connect() as client:
        client.send(POST + "Content-Length: 5\r\n\r\nhello" + PAGE + "\r\n"
                    + POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: u\r\n\r\n" + PAGE + "\r\n")
        assert client.answer().body == b'"hello"'
        assert client.answer().status == 200
        assert client.answer().body == b'"abcde"'
        assert client.answer().status == 200


@pytest.mark.parametrize("length", [0, 1, 4096, 12000, 262144])
def test_bodies(server, length):
    body = bytes(n % 251 for n in range(length))
    with server.connect() as client:
        answer = client.ask(f"{POST}Content-Length: {length}\r\n\r\n".encode() + body)
        assert answer.body == b'"' + body + b'"'
        head = "PUT /echo HTTP/1.1\r\n" + HOST + "Transfer-Encoding: chunked\r\n\r\n"
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(body[n:n + 700]), body[n:n + 700]) for n in range(0, length, 700))
        assert client.ask(head.encode() + chunks + b"0\r\n\r\n").body == b'"' + body + b'"'


def test_body_behind_the_longest_head(server):
    head = POST + "Content-Length: 9000\r\nX: "
    head += "a" * (8192 - len(head) - 4) + "\r\n\r\n"
    with server.connect() as client:
        assert len(head) == 8192
        assert client.ask(head + "b" * 9000).body == b'"' + b"b" * 9000 + b'"'


def test_head_has_no_body(server):
    with server.connect() as client:
        answer = client.ask(PAGE.replace("GET", "HEAD") + "\r\n", head_only=True)
        assert int(answer.fields["content-length"]) > 20000
        assert client.ask("HEAD /nothing HTTP/1.1\r\n" + HOST + "\r\n", head_only=True).status == 404
        assert client.ask("HEAD /hello/x HTTP/1.1\r\n" + HOST + "\r\n", head_only=True).status == 200
        assert client.ask(PAGE + "\r\n").status == 200
        assert client.pending == b""


def test_options(server):
    with server.connect() as client:
        answer = client.ask("OPTIONS /page HTTP/1.1\r\n" + HOST + "\r\n")
        assert (answer.status, answer.fields["allow"]) == (204, "GET, HEAD, OPTIONS")
        assert client.ask("OPTIONS /echo HTTP/1.1\r\n" + HOST + "\r\n").fields["allow"] == "POST, PUT, OPTIONS"
        assert client.ask("OPTIONS * HTTP/1.1\r\n" + HOST + "\r\n").status == 204
        assert client.ask("OPTIONS /nothing HTTP/1.1\r\n" + HOST + "\r\n").status == 404
        assert client.ask("PUT /page HTTP/1.1\r\n" + HOST + "\r\n").fields["allow"] == "GET, HEAD, OPTIONS"


def test_continue(server):
    with server.connect() as client:
        client.send(POST + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        assert client.answer().status == 100
        client.send("hello")
        assert client.answer().body == b'"hello"'
        # Refused without reading the body: no 100 first.
        client.send(POST + "Content-Length: 999999\r\nExpect: 100-continue\r\n\r\n")
        assert client.answer().status == 413


def test_http_1_0(server):
    with server.connect() as client:
        answer = client.ask("GET /page HTTP/1.0\r\n\r\n")
        assert (answer.status, answer.fields["connection"]) == (200, "close")
        assert client.closed()
    with server.connect() as client:
        for _ in range(2):
            answer = client.ask("GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert (answer.status, answer.fields["connection"]) == (200, "keep-alive")


def test_close_is_honoured(server):
    with server.connect() as client:
        answer = client.ask(PAGE + "Connection: close\r\n\r\n")
        assert answer.fields["connection"] == "close"
        assert client.closed()


def test_absolute_target(server):
    with server.connect() as client:
        assert client.ask("GET http://localhost/page HTTP/1.1\r\n" + HOST + "\r\n").status == 200


def test_own_origin_may_post(server):
    with server.connect() as client:
        answer = client.ask(f"POST /echo HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
                            f"Origin: http://127.0.0.1:{server.port}\r\nContent-Length: 2\r\n\r\nhi")
        assert answer.status == 200


def test_names_can_be_allowed(serve):
    with serve("allow=mon.example").connect() as client:
        assert client.ask("GET /page HTTP/1.1\r\nHost: mon.example\r\n\r\n").status == 200
        assert client.ask("GET /page HTTP/1.1\r\nHost: evil.example\r\n\r\n").status == 421
        assert client.ask("POST /echo HTTP/1.1\r\n" + HOST + "Origin: https://mon.example\r\nContent-Length: 0\r\n\r\n").status == 200
    with serve("allow=*").connect() as client:
        assert client.ask("GET /page HTTP/1.1\r\nHost: any.example\r\n\r\n").status == 200
        assert client.ask("POST /echo HTTP/1.1\r\nHost: a\r\nOrigin: http://b\r\nContent-Length: 0\r\n\r\n").status == 403


def test_fields_of_every_response(server):
    with server.connect() as client:
        for request in (PAGE + "\r\n", "GET /nothing HTTP/1.1\r\n" + HOST + "\r\n", "GET /hello/x HTTP/1.1\r\n" + HOST + "\r\n"):
            fields = client.ask(request).fields
            assert fields["x-content-type-options"] == "nosniff"
            assert fields["content-security-policy"] == "default-src 'self'"
            assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", fields["date"])
            assert "server" not in fields


def test_tags_and_gzip(server):
    with server.connect() as client:
        plain = client.ask(PAGE + "\r\n")
        packed = client.ask(PAGE + "Accept-Encoding: gzip, br\r\n\r\n")
        assert packed.fields["content-encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
        assert plain.fields["vary"] == packed.fields["vary"] == "Accept-Encoding"
        assert plain.fields["etag"] != packed.fields["etag"]
        assert "content-encoding" not in client.ask(PAGE + "Accept-Encoding: gzip;q=0\r\n\r\n").fields
        known = client.ask(PAGE + f"If-None-Match: {plain.fields['etag']}\r\n\r\n")
        assert (known.status, known.fields["etag"], "content-length" in known.fields) == (304, plain.fields["etag"], False)
        known = client.ask(PAGE + f"Accept-Encoding: gzip\r\nIf-None-Match: \"x\", W/{packed.fields['etag']}\r\n\r\n")
        assert (known.status, known.fields["etag"]) == (304, packed.fields["etag"])
        assert client.ask(PAGE + "If-None-Match: \"x\"\r\n\r\n").status == 200
        assert client.ask("GET /ready HTTP/1.1\r\n" + HOST + "If-None-Match: *\r\n\r\n").status == 503


def test_decoding_and_injection(server):
    with server.connect() as client:
        answer = client.ask("GET /hello/a%0d%0aX-Evil:%20b?greeting=%C3%A4+%22 HTTP/1.1\r\n" + HOST + "\r\n")
        assert "x-evil" not in answer.fields
        document = json.loads(answer.body)
        assert (document["name"], document["greeting"]) == ("a\r\nX-Evil: b", 'ä "')
        assert client.ask("GET /hello/%ff HTTP/1.1\r\n" + HOST + "\r\n").status == 200
        assert client.ask("GET /a%20b HTTP/1.1\r\n" + HOST + "\r\n").status == 200
        answer = client.ask("DELETE /problem/%22%3C HTTP/1.1\r\n" + HOST + "\r\n")
        assert answer.problem()["detail"] == 'conflict about ""<"'


# --- too slow ---


def drip(client, data, pace=0.05):
    """Byte by byte until the server says something; how many it took."""
    for count, byte in enumerate(data):
        if client.has_answer_within(pace):
            return count
        client.send_until_refused(bytes([byte]))
    return len(data)


def test_dripped_head_is_cut(serve):
    began = time.monotonic()
    with serve("head-ms=500").connect() as client:
        sent = drip(client, (GET + HOST + "X: " + "a" * 4000).encode())
        assert client.answer().status == 408
        assert client.closed()
    assert sent < 100
    assert time.monotonic() - began < 5


def test_silent_connection_is_cut(serve):
    with serve("head-ms=300").connect() as client:
        began = time.monotonic()
        assert client.closed()
        assert 0.25 < time.monotonic() - began < 5


def test_idle_connection_is_cut(serve):
    with serve("idle-ms=300", "head-ms=60000").connect() as client:
        assert client.ask(PAGE + "\r\n").status == 200
        began = time.monotonic()
        assert client.closed()
        assert 0.25 < time.monotonic() - began < 5


def test_dripped_body_is_cut(serve):
    with serve("body-ms=500").connect() as client:
        client.send(POST + "Content-Length: 5000\r\n\r\n")
        assert drip(client, b"a" * 4000) < 100
        assert client.answer().status == 408
        assert client.closed()
    with serve("body-ms=300").connect() as client:
        client.send(POST + "Transfer-Encoding: chunked\r\n\r\n5\r\nab")
        assert client.answer().status == 408


def test_dripped_request_in_time_is_answered(serve):
    with serve().connect() as client:
        drip(client, (PAGE + "\r\n").encode(), pace=0.001)
        assert client.answer().status == 200


def test_slow_reader_is_cut(serve):
    server = serve("write-ms=400", "page=8000000")
    with server.connect() as client:
        client.send(PAGE + "\r\n")
        wait_until(lambda: server.stats()["connections"] == 1, "the slow reader was not cut")
        assert len(client.pending) == 0


def test_reader_that_goes_on_is_served(serve):
    server = serve("page=8000000")
    with server.connect() as client:
        answer = client.ask(PAGE + "\r\n")
        assert len(answer.body) > 8000000
        assert client.ask(PAGE + "\r\n").body == answer.body


def test_client_that_leaves_in_the_middle(serve):
    server = serve("page=8000000")
    for data in (PAGE + "\r\n", "GET /hold HTTP/1.1\r\n" + HOST + "\r\n", POST + "Content-Length: 50\r\n\r\nab", "GET / HT", ""):
        for reset in (False, True):
            with server.connect() as client:
                client.send(data)
                if reset:
                    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with server.connect() as client:
        assert client.ask("POST /release HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n").status == 204
        assert client.ask("GET /hello/x HTTP/1.1\r\n" + HOST + "\r\n").status == 200
    wait_until(lambda: server.stats()["connections"] == 1, "one that left is still there")


def test_answers_may_come_late(serve):
    server = serve()
    with server.connect() as client, server.connect() as other:
        client.send("GET /hold HTTP/1.1\r\n" + HOST + "\r\n" + PAGE + "\r\n")
        wait_until(lambda: server.stats()["held"] == 1, "the request was not handed over")
        assert other.ask(PAGE + "\r\n").status == 200
        assert not client.has_answer_within(0)
        other.ask("POST /release HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n")
        assert client.answer().status == 204
        assert client.answer().status == 200


# --- too many ---


@pytest.fixture
def many_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 8192:
        pytest.skip(f"only {hard} descriptors allowed")
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_2000_idle_connections(serve, many_descriptors):
    server = serve()
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(server.connect()) for _ in range(2000)]
        with server.connect() as client:
            assert client.ask(PAGE + "\r\n").status == 200
        wait_until(lambda: server.stats()["connections"] >= 2001, "not all are held")
        for client in idle[::100]:
            assert client.ask(PAGE + "\r\n").status == 200


def test_beyond_the_most_connections(serve):
    server = serve("connections=10", "head-ms=60000")
    with contextlib.ExitStack() as stack:
        busy = [stack.enter_context(server.connect()) for _ in range(9)]
        for client in busy:
            client.send("GET /hold HTTP/1.1\r\n" + HOST + "\r\n")
        idle = stack.enter_context(server.connect())
        wait_until(lambda: json.loads(idle.ask("GET /stats HTTP/1.1\r\n" + HOST + "\r\n").body)["held"] == 9, "not handed over")
        # The idle one makes room for one more ...
        last = stack.enter_context(server.connect())
        last.send("GET /hold HTTP/1.1\r\n" + HOST + "\r\n")
        assert idle.closed()
        # ... and when nobody is idle, the caller is told.
        refused = stack.enter_context(server.connect())
        assert refused.answer().status == 503
        assert refused.closed()


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def cpu_seconds(pid):
    """Of all its threads, from the scheduler's own account."""
    return sum(int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0])
               for task in os.listdir(f"/proc/{pid}/task")) / 1e9


def test_no_descriptors_left(serve):
    server = serve("files=64", "head-ms=60000")
    with contextlib.ExitStack() as stack:
        kept = stack.enter_context(server.connect())
        assert kept.ask(PAGE + "\r\n").status == 200
        others = [stack.enter_context(server.connect()) for _ in range(100)]
        told = others[-1]
        assert told.answer().status == 503
        assert told.closed()
        wait_until(lambda: open_files(server.pid) >= 63, "descriptors are left")
        # It neither spins nor forgets those it has.
        before, began = cpu_seconds(server.pid), time.monotonic()
        assert not others[0].has_answer_within(0.5)
        assert cpu_seconds(server.pid) - before < 0.2 * (time.monotonic() - began)
        assert kept.ask(PAGE + "\r\n").status == 200
        for client in others:
            client.sock.close()
        wait_until(lambda: open_files(server.pid) < 40, "descriptors are not given back")
        with server.connect() as client:
            assert client.ask(PAGE + "\r\n").status == 200


def test_port_in_use(server):
    done = subprocess.run([DEMO, f"listen=127.0.0.1:{server.port}"], capture_output=True, text=True, timeout=WAIT)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1:{server.port}: another process uses the port" in done.stderr


@pytest.mark.parametrize("address", ["", "8090", "localhost", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:8x", "name.example:1",
                                     "[::1:80", "unix:relative", "unix:/" + "a" * 200])
def test_bad_addresses(address):
    done = subprocess.run([DEMO, f"listen={address}"], capture_output=True, text=True, timeout=WAIT)
    assert done.returncode == 1
    assert f"cannot listen on {address}: it is not" in done.stderr or "the path is not absolute" in done.stderr


# --- several addresses, Unix sockets ---


def test_unix_socket(serve, tmp_path):
    path = tmp_path / "sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))  # and nobody listens any more
    server = serve(f"listen=unix:{path}", "listen=127.0.0.1:0")
    assert stat.S_IMODE(path.stat().st_mode) == 0o660
    with Client(socket.socket(socket.AF_UNIX)) as client:
        client.sock.settimeout(WAIT)
        client.sock.connect(str(path))
        assert client.ask(PAGE + "\r\n").status == 200
    second = subprocess.run([DEMO, f"listen=unix:{path}"], capture_output=True, text=True, timeout=WAIT)
    assert (second.returncode, "another process answers there" in second.stderr) == (1, True)
    assert path.exists()
    server.stop()
    assert not path.exists()


def test_unix_path_that_is_a_file_is_left_alone(tmp_path):
    path = tmp_path / "precious"
    path.write_text("keep")
    done = subprocess.run([DEMO, f"listen=unix:{path}"], capture_output=True, text=True, timeout=WAIT)
    assert done.returncode == 1
    assert path.read_text() == "keep"


def test_ipv6(serve):
    try:
        server = serve("listen=[::1]:0")
    except RuntimeError as error:
        pytest.skip(str(error))
    with Client(socket.create_connection(("::1", server.port), timeout=WAIT)) as client:
        assert client.ask(f"GET /page HTTP/1.1\r\nHost: [::1]:{server.port}\r\n\r\n").status == 200


# --- event streams ---


def subscribe(server, last_id=None, receive_bytes=None):
    sock = socket.socket()
    sock.settimeout(WAIT)
    if receive_bytes:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    sock.connect(("127.0.0.1", server.port))
    client = Client(sock)
    client.send("GET /events HTTP/1.1\r\n" + HOST + (f"Last-Event-ID: {last_id}\r\n" if last_id is not None else "") + "\r\n")
    answer = client.answer()
    assert (answer.status, answer.fields["content-type"]) == (200, "text/event-stream")
    assert answer.fields["connection"] == "close"
    return client


def post(server, path, data=""):
    with server.connect() as client:
        assert client.ask(f"POST {path} HTTP/1.1\r\n{HOST}Content-Length: {len(data)}\r\n\r\n{data}").status == 204


def number(event):
    return int(event["id"].split("-")[0])


def test_snapshot_then_changes(serve):
    server = serve()
    with subscribe(server) as early:
        post(server, "/event", "1")
        post(server, "/snapshot", '{"all":1}')
        post(server, "/event", "2")
        assert [early.event()["data"] for _ in range(2)] == ["1", "2"]
        with subscribe(server) as late:
            first, second = late.event(), late.event()
            assert (first["event"], first["data"], number(first)) == ("snapshot", '{"all":1}', 1)
            assert (second["event"], second["data"], number(second)) == ("change", "2", 2)
            post(server, "/heartbeat")
            for client in (early, late):
                assert client.event() == {"event": "heartbeat", "data": "{}"}
        assert server.stats()["subscribers"] >= 1
    wait_until(lambda: server.stats()["subscribers"] == 0, "one that left is still counted")


def test_resume(serve):
    server = serve("ring=8")
    post(server, "/snapshot", "[]")
    with subscribe(server) as client:
        assert client.event()["event"] == "snapshot"
        post(server, "/event", "1")
        seen = client.event()
    post(server, "/event?times=5", "x")
    with subscribe(server, seen["id"]) as client:
        assert [number(client.event()) for _ in range(5)] == [2, 3, 4, 5, 6]
    post(server, "/event?times=5", "y")
    post(server, "/snapshot", "[11]")
    for unknown in (seen["id"], "99" + seen["id"][1:], "1", "2-", "-", "x", seen["id"] + "0", "", "18446744073709551615-1"):
        with subscribe(server, unknown) as client:
            event = client.event()
            assert (event["event"], event["data"], number(event)) == ("snapshot", "[11]", 11), unknown


def test_an_id_of_an_earlier_run_is_unknown(serve):
    first = serve()
    with subscribe(first) as client:
        post(first, "/event", "1")
        seen = client.event()["id"]
    second = serve()
    post(second, "/snapshot", "[]")
    post(second, "/event?times=3", "x")
    with subscribe(second, seen) as client:
        assert client.event()["event"] == "snapshot"


def test_slow_subscriber_gets_the_snapshot_anew(serve):
    server = serve("ring=50", "backlog=200000", "write-ms=60000")
    data = "x" * 20000
    post(server, "/snapshot", '"old"')
    with subscribe(server, receive_bytes=4096) as slow, subscribe(server) as quick:
        assert slow.event()["data"] == quick.event()["data"] == '"old"'
        for _ in range(120):
            post(server, "/event?times=5", data)
            for _ in range(5):
                event = quick.event()
        post(server, "/snapshot", '"new"')
        post(server, "/event", "last")
        assert number(event) == 600
        events = [slow.event()]
        while events[-1]["data"] != "last":
            events.append(slow.event())
        kinds = [event["event"] for event in events]
        assert kinds.count("snapshot") == 1
        assert events[kinds.index("snapshot")]["data"] == '"new"'
        assert len(events) < 600
        numbers = [number(event) for event in events]
        assert numbers == sorted(numbers)


def test_subscriber_that_never_reads_is_cut(serve):
    server = serve("write-ms=400")
    with subscribe(server, receive_bytes=4096):
        for _ in range(50):
            post(server, "/event?times=20", "x" * 10000)
        wait_until(lambda: server.stats()["subscribers"] == 0, "it was not cut")


def test_streams_have_a_limit_of_their_own(serve):
    """Readers that stay do not keep those out who only ask."""
    server = serve("connections=4", "streams=6", "head-ms=60000")
    with contextlib.ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(subscribe(server))
        one_more = stack.enter_context(server.connect())
        assert one_more.ask("GET /events HTTP/1.1\r\n" + HOST + "\r\n").status == 503
        assert one_more.ask(PAGE + "\r\n").status == 200
    wait_until(lambda: server.stats()["subscribers"] == 0, "streams that left are still counted")
    subscribe(server).sock.close()


def test_head_and_post_of_a_stream(server):
    with server.connect() as client:
        assert client.ask("HEAD /events HTTP/1.1\r\n" + HOST + "\r\n", head_only=True).fields["content-type"] == "text/event-stream"
        assert client.closed()
    with server.connect() as client:
        assert client.ask("POST /events HTTP/1.1\r\n" + HOST + "Content-Length: 0\r\n\r\n").status == 405


def resident_kb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def test_memory_of_idle_streams(serve, many_descriptors):
    if b"__asan_" in DEMO.read_bytes() or b"__tsan_" in DEMO.read_bytes():
        pytest.skip("a sanitizer's memory is not ours")
    server = serve()
    post(server, "/snapshot", "[" + "1," * 5000 + "1]")
    with contextlib.ExitStack() as stack:
        warm = [stack.enter_context(subscribe(server)) for _ in range(50)]
        before = resident_kb(server.pid)
        clients = [stack.enter_context(subscribe(server)) for _ in range(2000)]
        for client in warm + clients:
            assert client.event()["event"] == "snapshot"
        each = (resident_kb(server.pid) - before) / 2000
        assert each < 4, f"{each} KB for each stream"
        post(server, "/event", "1")
        for client in clients:
            assert client.event()["data"] == "1"


# --- the end ---


def test_stop_ends_streams_and_answers_what_waits(serve):
    server = serve()
    with subscribe(server) as stream, server.connect() as held, server.connect() as idle, server.connect() as half:
        assert idle.ask(PAGE + "\r\n").status == 200
        held.send("GET /hold HTTP/1.1\r\n" + HOST + "\r\n")
        half.send("GET / HT")
        wait_until(lambda: server.stats()["held"] == 1, "not handed over")
        server.process.send_signal(signal.SIGTERM)
        assert held.answer().status == 503
        assert stream.closed() and idle.closed()
        half.send("TP/1.1\r\n" + HOST + "\r\n")
        answer = half.answer()
        assert (answer.status, answer.fields["connection"]) == (404, "close")
    server.stop()


def test_log_lines(serve):
    server = serve("log=1")
    with server.connect() as client:
        assert client.ask(PAGE + "\r\n").status == 200
        assert client.ask("GET /nothing?x=%0a HTTP/1.1\r\n" + HOST + "\r\n").status == 404
    with server.connect() as client:
        assert client.ask("G(T / HTTP/1.1\r\n\r\n").status == 400
    lines = server.stop().splitlines()
    assert "request GET /page 200 " in lines
    assert "request GET /nothing?x=%0a 404 " in lines
    assert "request   400 " in lines
