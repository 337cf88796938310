"""Receivers of messages: real servers run by the test, and HTTP servers that misbehave on purpose."""
import contextlib
import email
import email.policy
import http.client
import http.server
import json
import os
import pathlib
import shutil
import socket
import socketserver
import subprocess
import tempfile
import threading

from daemon import PROGRAM, ROOT, wait_until

SEND = pathlib.Path(PROGRAM).resolve().parent / "tests" / "support" / "notify_send"
STARTED_US = 1772461800000000  # 2026-03-02T14:30:00Z


def notice(kind="firing", key="i1-a7-firing-1", alerts=None, **more):
    """A notice as the store keeps it."""
    return {"kind": kind, "channel": "ops", "key": key, "at_us": STARTED_US,
            "alerts": [alert()] if alerts is None else alerts, **more}


def alert(number=7, severity="critical", **more):
    return {"id": number, "severity": severity, "rule": "component_unhealthy",
            "type": "component_unhealthy", "subject_kind": "component", "subject": "db",
            "group": "storage", "title": "Component Unhealthy: db",
            "message": "connection refused by 127.0.0.1:5432", "reason": "condition",
            "started_us": STARTED_US, "fired_us": STARTED_US, **more}


def configure(folder, **kinds):
    """A configuration with one channel of each kind, named after it."""
    path = pathlib.Path(folder) / "notify.yaml"
    path.write_text(json.dumps({
        "components": [{"name": "here", "file": {"path": "/"}}],
        "notify": [{"name": kind, kind: settings} for kind, settings in kinds.items()]}))
    return path


def send(folder, kind, settings, what):
    """One attempt; {"outcome", "retry_us", "text"}."""
    done = subprocess.run([SEND, configure(folder, **{kind: settings}), kind],
                          input=json.dumps(what), text=True, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


class Hook:
    """An HTTP server that records requests and answers what it is told to: a status, headers and
    a body; "close" ends the connection without a word, "hang" says nothing at all."""

    def __init__(self):
        self.requests = []
        self.answers = []  # for the next requests; 200 when there is none left
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                hook.requests.append({"method": self.command, "path": self.path,
                                      "headers": dict(self.headers.items()), "body": body})
                what = hook.answers.pop(0) if hook.answers else {}
                if what == "close":
                    self.close_connection = True
                    return
                if what == "hang":
                    self.connection.settimeout(60)
                    with contextlib.suppress(OSError):
                        self.rfile.read(1)  # until the other side goes away
                    self.close_connection = True
                    return
                text = what.get("body", "ok")
                data = text.encode() if isinstance(text, str) else json.dumps(text).encode()
                self.send_response(what.get("status", 200))
                for name, value in what.get("headers", {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_POST = do_PUT = do_PATCH = do_GET = answer

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def run_openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)


def certificate(folder, name="localhost"):
    """An authority of one's own and a certificate for `name` and 127.0.0.1 by it:
    (authority, certificate, key)."""
    folder = pathlib.Path(folder)
    ca, ca_key = folder / "ca.pem", folder / "ca.key"
    cert, key, request = folder / "server.pem", folder / "server.key", folder / "server.csr"
    extensions = folder / "server.ext"
    extensions.write_text(f"subjectAltName=DNS:{name},IP:127.0.0.1\n")
    run_openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", ca_key, "-out", ca,
                "-subj", "/CN=test authority", "-days", "2")
    run_openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request,
                "-subj", f"/CN={name}")
    run_openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial",
                "-out", cert, "-days", "2", "-extfile", extensions)
    key.chmod(0o600)
    return ca, cert, key


class Alertmanager:
    """Debian's prometheus-alertmanager on a port of the kernel's choice."""

    program = shutil.which("prometheus-alertmanager")
    amtool = shutil.which("amtool")

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        config = self.folder / "alertmanager.yml"
        config.write_text("route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n")
        # It cannot be given a socket, so the port may be taken before it listens: another then.
        for _ in range(5):
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                self.port = probe.getsockname()[1]
            self.url = f"http://127.0.0.1:{self.port}"
            self.log = open(self.folder / "alertmanager.log", "w+")
            self.child = subprocess.Popen(
                [self.program, f"--config.file={config}", f"--storage.path={self.folder}/am",
                 f"--web.listen-address=127.0.0.1:{self.port}", "--cluster.listen-address="],
                stdout=self.log, stderr=self.log)
            if wait_until(self.state, seconds=60, what="alertmanager is ready") == "ready":
                return
        raise AssertionError((self.folder / "alertmanager.log").read_text())

    def state(self):
        if self.child.poll() is not None:
            return "ended"
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            connection.request("GET", "/-/ready")
            if connection.getresponse().status == 200:
                return "ready"
        return None

    def alerts(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", "/api/v2/alerts")
        return json.loads(connection.getresponse().read())

    def tool(self, *words):
        return subprocess.run([self.amtool, f"--alertmanager.url={self.url}", *words], check=True,
                              text=True, capture_output=True, timeout=60).stdout

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait(60)
        self.log.close()


class Lines:
    """A server of lines that says what it is told to: `script` is what it sends first, then for each
    line it gets; None ends the connection, ... ends it without waiting for a line, MESSAGE waits
    for the end of a mail. Behind the last it is silent until the other side goes."""

    MESSAGE = object()

    def __init__(self, *script):
        self.script = script
        self.heard = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                with connection, contextlib.suppress(OSError):
                    self.speak(connection)

    def speak(self, connection):
        lines = connection.makefile("rb")
        for what in self.script:
            if what is None:
                return
            if what is self.MESSAGE:
                while lines.readline() not in (b".\r\n", b""):
                    pass
                continue
            connection.sendall(what.encode("latin-1"))
            if self.script[-1] is ... and what is self.script[-2]:
                return
            self.heard.append(lines.readline())
        while self.heard[-1]:
            self.heard.append(lines.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Exim:
    """Debian's exim4 with a configuration and a spool of its own: a real mail server with TLS and
    passwords. The test listens, on a port of the kernel's choice, and gives each connection to an
    exim of its own, as inetd did. Mail to nobody@ is refused, to later@ put off, to others kept."""

    program = next((path for path in ("/usr/sbin/exim4", "/usr/sbin/exim") if os.path.exists(path)),
                   None)
    user, password = "bellwether", "s3cr3t-pass"

    def __init__(self, authority, tls="starttls"):
        self.ca, cert, key = authority
        self.tls = tls
        # exim gives up root for its own user, who may not look into pytest's folders.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="bellwether-exim-"))
        self.folder.chmod(0o755)
        for name in ("spool", "log", "mail"):
            (self.folder / name).mkdir()
            (self.folder / name).chmod(0o777)
        for name, path in (("cert", cert), ("key", key)):
            shutil.copy(path, self.folder / name)
            (self.folder / name).chmod(0o644)
        self.config = self.folder / "exim.conf"
        self.config.write_text(self.text())
        self.config.chmod(0o644)
        self.children = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def text(self):
        is_root = os.geteuid() == 0
        offered = "*" if self.tls != "none" else ""
        secure = "*" if self.tls == "none" else "${if eq{$tls_in_cipher}{}{}{*}}"
        return f"""
primary_hostname = localhost
spool_directory = {self.folder}/spool
log_file_path = {self.folder}/log/%s
tls_certificate = {self.folder}/cert
tls_privatekey = {self.folder}/key
tls_advertise_hosts = {offered}
auth_advertise_hosts = {secure}
acl_smtp_rcpt = recipients
acl_smtp_data = accept
{"" if is_root else "deliver_drop_privilege = true"}
begin acl
recipients:
  deny local_parts = nobody
       message = 5.1.1 no such user here
  defer local_parts = later
        message = 4.2.1 come again
  accept authenticated = *
  deny message = 5.7.1 log in first
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  directory = {self.folder}/mail
  maildir_format
  {"user = Debian-exim" if is_root else ""}
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{self.user}}}}}{{eq{{$auth3}}{{{self.password}}}}}}}}}
  server_set_id = $auth2
"""

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            command = [self.program, "-C", str(self.config), "-odf", "-bs"]
            if self.tls == "smtps":
                command.append("-tls-on-connect")
            with connection:
                self.children.append(subprocess.Popen(command, stdin=connection, stdout=connection,
                                                      stderr=subprocess.DEVNULL))

    def url(self):
        return f"{'smtps' if self.tls == 'smtps' else 'smtp'}://localhost:{self.port}"

    def settings(self, **more):
        return {"server": self.url(), "user": self.user, "password": self.password,
                "from": "Bellwether <bw@sender.example>", "to": ["ops@example.org"],
                "tls": {"ca_file": str(self.ca)}, **more}

    def mails(self):
        """What was delivered, as the mail reader's library reads it."""
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
                for path in sorted((self.folder / "mail").glob("new/*"))]

    def log(self):
        return "".join(path.read_text() for path in sorted((self.folder / "log").glob("*")))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for child in self.children:
            child.kill()
            child.wait(60)
        shutil.rmtree(self.folder, ignore_errors=True)
