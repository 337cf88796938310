"""The package as a whole: its types, its page, and what pip makes of it."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SOURCE = ROOT / "bindings" / "python"
EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.M | re.S)


def run(*command, **more):
    return subprocess.run([str(word) for word in command], text=True, capture_output=True,
                          timeout=300, **more)


def examples():
    page = (SOURCE / "README.md").read_text()
    return [pytest.param(found[1], id=f"line {page.count(chr(10), 0, found.start()) + 1}")
            for found in EXAMPLE.finditer(page)]


@pytest.mark.parametrize("code", examples())
def test_the_examples_print_what_they_say(code, tmp_path):
    said = [line.strip()[2:] for line in code.splitlines() if line.strip().startswith("# ")]
    done = run(sys.executable, "-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == said and done.stderr == ""


def test_the_types_hold():
    pytest.importorskip("mypy")
    done = run(sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null", "bellwether",
               cwd=SOURCE)
    assert done.returncode == 0, done.stdout


def test_the_stub_names_what_the_native_part_has():
    from bellwether import _native
    stub = (SOURCE / "bellwether" / "_native.pyi").read_text()
    for name, thing in vars(_native).items():
        if name.startswith("__"):
            continue
        assert re.search(rf"(class|def) {name}\b|^{name}:", stub, re.M), name
        if isinstance(thing, type):
            body = stub.split(f"class {name}:")[1].split("\nclass ")[0]
            for member in vars(thing):
                assert member.startswith("__") or re.search(rf"def {member}\b", body), member


@pytest.fixture(scope="module")
def venv(tmp_path_factory):
    folder = tmp_path_factory.mktemp("venv")
    made = run("/usr/bin/python3", "-m", "venv", "--system-site-packages", folder)
    if made.returncode != 0:
        pytest.skip("python3-venv is not there")
    return folder


def install(venv, what, tmp_path):
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = run(venv / "bin" / "pip", "install", "--no-build-isolation", "--no-index", "--no-deps",
               "--force-reinstall", what, env=env, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    asked = run(venv / "bin" / "python", "-c", "import bellwether as b\nprint(b._native.__file__)\n"
                "print(b.CircuitBreaker('x').call(len, ()), b.StatusDashboard.__name__)", env=env,
                cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    where, answer = asked.stdout.splitlines()
    assert where.startswith(str(venv)) and where.endswith("_native.abi3.so")
    assert answer == "0 StatusDashboard"
    return where


def test_pip_installs_the_tree_and_an_sdist(venv, tmp_path):
    tree = tmp_path / "tree"
    for part in ("include", "src", "bindings"):
        shutil.copytree(ROOT / part, tree / part,
                        ignore=shutil.ignore_patterns("build", "dist", "*.egg-info"))
    native = install(venv, tree / "bindings" / "python", tmp_path)
    symbols = run("nm", "-D", "--defined-only", native).stdout.split()
    assert symbols[2::3] == ["PyInit__native"], "nothing else is seen by other libraries"
    made = run("/usr/bin/python3", "setup.py", "-q", "sdist", "-d", tmp_path / "dist",
               cwd=tree / "bindings" / "python")
    assert made.returncode == 0, made.stderr
    shutil.rmtree(tree)
    (sdist,) = (tmp_path / "dist").glob("*.tar.gz")
    install(venv, sdist, tmp_path)
