"""Peers for checks: real servers on ports of the kernel's choice, and Python peers that misbehave."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import threading
import time

from daemon import PROGRAM, wait_until


def check(folder, kind, settings, **component):
    """One run of `bellwether check`; the component's part of its answer."""
    component = {"name": "target", kind: settings, **component}
    return check_all(folder, [component])["target"]


def check_all(folder, components, preexec=None):
    path = pathlib.Path(folder) / "check.yaml"
    path.write_text(json.dumps({"components": components}))
    done = subprocess.run([PROGRAM, "check", "--json", "--config", str(path)], text=True,
                          capture_output=True, timeout=60, preexec_fn=preexec)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)["components"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Server:
    """A child process that is ready when `ready` says so."""

    def __init__(self, command, ready):
        self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        threading.Thread(target=self.child.stderr.read, daemon=True).start()

        def up():
            assert self.child.poll() is None, f"{command[0]} has ended"
            return ready()

        wait_until(up, what=f"{command[0]} is ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.terminate()
        self.child.wait(10)


def listening(command, port):
    return Server(command, lambda: is_open(port))


class Peer:
    """A Python peer: `talk(connection)` runs in a thread for each connection; None: never accepts."""

    def __init__(self, talk, secure=None):
        self.talk = talk
        self.secure = secure
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(64)
        self.port = self.socket.getsockname()[1]
        self.held = []
        if talk:
            threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection = self.socket.accept()[0]
            except OSError:
                return
            self.held.append(connection)
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            if self.secure:
                connection = self.secure.wrap_socket(connection, server_side=True)
            self.talk(connection)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        for connection in self.held:
            connection.close()


def says(data, then="close"):
    """Sends the bytes, then closes, resets, or keeps silent."""
    def talk(connection):
        connection.sendall(data)
        if then == "close":
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65536):
                pass
        elif then == "reset":
            time.sleep(0.05)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
        else:
            while connection.recv(65536):
                pass
    return talk


def floods(head, total=1 << 30):
    """Sends `head` and then up to a gigabyte; `sent` tells how much the other side took."""
    sent = [0]

    def talk(connection):
        block = b"x" * 65536
        connection.sendall(head)
        while sent[0] < total:
            connection.sendall(block)
            sent[0] += len(block)
    talk.sent = sent
    return talk


def openssl(folder, *words):
    subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    """ca.pem; server.pem and server.key for localhost and 127.0.0.1, 90 days; soon.pem, 5 days."""
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
            "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "365", "-subj", "/CN=Test CA")
    openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    for name, days in (("server", 90), ("soon", 5)):
        openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", days, "-extfile", "names", "-out", f"{name}.pem")


def needs(program):
    """The path of a program, or None: the test then skips and says so."""
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
