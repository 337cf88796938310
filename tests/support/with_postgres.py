#!/usr/bin/python3
"""with_postgres.py PROGRAM... - runs the program beside a PostgreSQL server of its own.

The server has a fresh cluster and a port of the kernel's choice; its URL is in BELLWETHER_POSTGRES,
and it goes with the program. Where no server is installed the exit is 77: skipped.
"""
import os
import pathlib
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

try:
    import pytest
    import postgres_server
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)


def main():
    try:
        server = postgres_server.create()
    except pytest.skip.Exception as reason:
        print(f"skipped: {reason}")
        return 77
    try:
        return subprocess.call(sys.argv[1:], env={**os.environ, "BELLWETHER_POSTGRES": server.url()})
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
