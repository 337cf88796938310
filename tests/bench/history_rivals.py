"""What other stores make of the day of history_data.c, in bytes on disk: VictoriaMetrics, Prometheus,
rrdtool and plain rows in SQLite. Each gets the same values at the same times; None: not installed.
"""
import http.client
import shutil
import sqlite3
import subprocess

from bed import Process, free_port, wait_until

STEPS = 2880


def size_of(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def rows_of(data, components):
    with subprocess.Popen([data, "csv", str(components)], stdout=subprocess.PIPE, text=True) as csv:
        for line in csv.stdout:
            yield line.split(",")


def plain_rows(data, components, folder):
    """One row a look, keyed by component and time."""
    with sqlite3.connect(folder / "rows.db") as rows:
        rows.execute("CREATE TABLE look (component INTEGER, at_ms INTEGER, status INTEGER, "
                     "response_us INTEGER, PRIMARY KEY (component, at_ms)) WITHOUT ROWID")
        rows.executemany("INSERT INTO look VALUES (?, ?, ?, ?)",
                         ((int(part[0]), int(part[1].replace(".", "")), int(part[2]), int(part[3]))
                          for part in rows_of(data, components)))
    return (folder / "rows.db").stat().st_size


def victoria(data, components, folder):
    """Sent as text, written out, and measured after a clean end."""
    program = shutil.which("victoria-metrics")
    if not program:
        return None
    port = free_port()
    with Process() as server:
        server.start([program, f"-storageDataPath={folder}/vm", "-retentionPeriod=100y",
                      f"-httpListenAddr=127.0.0.1:{port}"])

        def ask(method, path, body=None):
            link = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            link.request(method, path, body)
            return link.getresponse().status

        def is_up():
            try:
                return ask("GET", "/health") == 200
            except OSError:
                return False

        wait_until(is_up, 60, "VictoriaMetrics answers")
        text = subprocess.run([data, "prometheus", str(components)], stdout=subprocess.PIPE, check=True)
        assert ask("POST", "/api/v1/import/prometheus", text.stdout) == 204
        assert ask("GET", "/internal/force_flush") == 200
    return size_of(folder / "vm" / "data") + size_of(folder / "vm" / "indexdb")


def prometheus(data, components, folder):
    """The blocks that its own tool makes of a text."""
    program = shutil.which("promtool")
    if not program:
        return None
    text = folder / "metrics.txt"
    with open(text, "w") as out:
        subprocess.run([data, "openmetrics", str(components)], stdout=out, check=True)
    subprocess.run([program, "tsdb", "create-blocks-from", "openmetrics", text, folder / "prometheus"],
                   check=True, capture_output=True)
    return size_of(folder / "prometheus")


def rrdtool(folder, components):
    """A file a component with room for the day, which is its size from the beginning."""
    program = shutil.which("rrdtool")
    if not program:
        return None
    path = folder / "one.rrd"
    subprocess.run([program, "create", path, "--step", "30", "DS:status:GAUGE:90:0:7",
                    "DS:response_us:GAUGE:90:0:U", f"RRA:LAST:0.5:1:{STEPS}"], check=True)
    return path.stat().st_size * components
