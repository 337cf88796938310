"""`bellwether history export` and `import`: rows out of a running daemon and back, exactly."""
import csv
import io
import json
import shutil
import subprocess

import pytest

from daemon import Daemon, PROGRAM, wait_until

CONFIG = """
components:
  - { name: here, every: 1s, tcp: { host: 127.0.0.1, port: 1 } }
  - { name: etc-passwd, every: 1s, file: { path: /etc/passwd } }
"""
FORMATS = ["csv", "jsonl", "openmetrics"]


def history(*words, text=None, expect=0):
    done = subprocess.run([PROGRAM, "history", *map(str, words)], input=text, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == expect, done.stderr
    return done


def export(store, *words):
    return history("export", "--store", store, *words).stdout


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A history that a daemon kept, and what was exported beside it while it ran."""
    folder = tmp_path_factory.mktemp("kept")
    store = folder / "data" / "bellwether.db"
    with Daemon(folder, CONFIG):
        def both():
            text = export(store) if store.exists() else ""
            names = {row["name"] for row in rows_of(text) if row["kind"] == "component"}
            return names >= {"here", "etc-passwd"} and text
        beside = wait_until(both, 60, "rows of both components")
    return store, beside


def test_beside_a_daemon_and_after_it(kept):
    store, beside = kept
    after = export(store)
    assert set(rows_of(beside)[0]) >= {"time", "kind", "name", "status", "response_us", "error"}
    for row in rows_of(beside):
        assert row in rows_of(after)
    here = [row for row in rows_of(after) if row["name"] == "here" and row["hold"]]
    assert here and all(row["status"] == "unhealthy" and row["error"] for row in here)


@pytest.mark.parametrize("form", FORMATS)
def test_round_trip(kept, tmp_path, form):
    store, _ = kept
    other = tmp_path / "other.db"
    text = export(store, "--format", form)
    done = history("import", "--store", other, "--format", form, text=text)
    assert done.stdout.startswith("-: ")
    assert export(other, "--format", form) == text
    history("import", "--store", other, "--format", form, text=text)
    assert export(other, "--format", form) == text
    for further in FORMATS:
        assert export(other, "--format", further) == export(store, "--format", further)


def test_choices(kept):
    store, _ = kept
    one = rows_of(export(store, "here"))
    assert one and {row["name"] for row in one} == {"here"}
    assert {row["kind"] for row in rows_of(export(store, "--kind", "component"))} == {"component"}
    middle = one[len(one) // 2]["time"]
    later = rows_of(export(store, "--from", middle, "here"))
    assert later == [row for row in one if row["time"] >= middle]
    earlier = rows_of(export(store, "--to", middle, "here"))
    assert earlier == [row for row in one if row["time"] <= middle]
    assert rows_of(export(store, "--from", "1h", "here")) == one
    for line in export(store, "--format", "jsonl", "here").splitlines():
        assert json.loads(line)["name"] == "here"


def test_a_mistake_changes_nothing(kept, tmp_path):
    store, _ = kept
    copy = tmp_path / "copy.db"
    shutil.copy(store, copy)
    before = export(copy)
    good = "time,kind,name,status\n2026-03-02T14:30:00Z,component,x,healthy\n"
    path = tmp_path / "bad.csv"
    path.write_text(good + "2026-03-02T14:30:00Z,component,x,fine\n")
    done = history("import", "--store", copy, path, expect=65)
    assert f"{path}: line 3: `fine` is no status" in done.stderr
    assert export(copy) == before


def test_in_use(tmp_path):
    with Daemon(tmp_path, CONFIG):
        done = history("import", "--store", tmp_path / "data" / "bellwether.db", text="", expect=69)
        assert "in use" in done.stderr or "another" in done.stderr


@pytest.mark.parametrize("words, status, says", [
    ([], 64, "what shall be done"),
    (["exprt"], 64, "did you mean `history export`"),
    (["export", "--format", "xml"], 64, "csv, jsonl and openmetrics"),
    (["export", "--kind", "job"], 64, "`job` is none"),
    (["export", "--from", "soon"], 64, "`soon` is no time"),
    (["export", "--from", "1h", "--to", "2h"], 64, "--from is later than --to"),
    (["export", "nobody"], 66, "nothing is kept of `nobody`"),
    (["import", "/no/such/file"], 66, "/no/such/file"),
])
def test_faults(kept, tmp_path, words, status, says):
    store = tmp_path / "store.db"
    shutil.copy(kept[0], store)
    done = history(*words, "--store", store, expect=status) if words else history(expect=status)
    assert says in done.stderr


def test_nothing_there(tmp_path):
    done = history("export", "--store", tmp_path / "none.db", expect=66)
    assert "none.db" in done.stderr
    assert not (tmp_path / "none.db").exists()
