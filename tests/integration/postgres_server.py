"""A PostgreSQL of a test's own: a fresh cluster, a Unix socket, a free port of 127.0.0.1, a standby."""
import glob
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

import pytest

from daemon import wait_until

PASSWORD = "s3cret-of-the-test"


def programs():
    """The folder of initdb and its kind; skips the test where PostgreSQL is not installed."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    on_path = shutil.which("initdb")
    if on_path and not found:
        found = [os.path.realpath(on_path)]
    if not found:
        pytest.skip("PostgreSQL's server is not installed")
    return pathlib.Path(found[-1]).parent


def unprivileged():
    """PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    pytest.skip("there is no user to run PostgreSQL as")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, folder, user):
        self.folder = pathlib.Path(folder)
        self.user = user
        self.child = None
        self.port = None

    def run(self, program, *args):
        done = subprocess.run([str(programs() / program), *args], cwd=self.folder, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=120,
                              env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8",
                                   "PGPASSWORD": PASSWORD}, **self.user)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def sql(self, text):
        return self.run("psql", "-h", str(self.folder), "-p", str(self.port), "-U", "boss",
                        "-d", "postgres", "-XAtqc", text).strip()

    def start(self, data="data", port=None):
        log_path = self.folder / f"{data}.log"
        self.port = port or free_port()
        with open(log_path, "w") as log:
            self.child = subprocess.Popen(
                [str(programs() / "postgres"), "-D", str(self.folder / data), "-p", str(self.port),
                 "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}",
                 "-c", "fsync=off", "-c", "max_connections=20"],
                cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self.user)

        def is_ready():
            assert self.child.poll() is None, log_path.read_text()
            return "ready to accept" in log_path.read_text()

        wait_until(is_ready, 60, "PostgreSQL is ready")
        return self

    def stop(self):
        if self.child and self.child.poll() is None:
            self.child.send_signal(2)
            self.child.wait(60)

    def url(self, password=PASSWORD, database="postgres", port=None):
        return f"postgresql://boss:{password}@127.0.0.1:{port or self.port}/{database}"


def create():
    """A running server in a folder that its user owns."""
    user = unprivileged()
    folder = tempfile.mkdtemp(prefix="bellwether-pg-")
    if user:
        os.chown(folder, user["user"], user["group"])
    server = Server(folder, user)
    password = server.folder / "password"
    password.write_text(PASSWORD)
    password.chmod(0o644)
    server.run("initdb", "-D", "data", "-A", "scram-sha-256", "-U", "boss", "--pwfile=password",
               "--no-sync")
    return server.start()


def create_standby(primary):
    """A streaming replica beside its primary."""
    standby = Server(primary.folder, primary.user)
    standby.run("pg_basebackup", "-h", str(primary.folder), "-p", str(primary.port), "-U", "boss",
                "-D", "standby", "-R", "--checkpoint=fast", "--no-sync")
    return standby.start("standby")
