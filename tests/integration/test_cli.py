"""The commands as a person meets them: output, exit statuses, and what must never be printed."""
import json
import os
import pathlib
import re
import pty
import signal
import socket
import subprocess

import pytest

from daemon import PROGRAM, ROOT, Daemon, wait_until

USAGE, NO_INPUT, UNAVAILABLE, PROTOCOL, CONFIG = 64, 66, 69, 76, 78


def run(*words, **more):
    env = {**os.environ, "NO_COLOR": "", "LC_ALL": "C.UTF-8", **more.pop("env", {})}
    return subprocess.run([PROGRAM, *map(str, words)], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=60, env=env, **more)


def write(folder, text, name="t.yaml"):
    path = pathlib.Path(folder) / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("words, status, printed", [
    ([], USAGE, "Usage: bellwether COMMAND"),
    (["hlep"], USAGE, "bellwether: there is no command `hlep`; did you mean `help`?\n"),
    (["frobnicate"], USAGE, "bellwether: there is no command `frobnicate`; `bellwether help` lists them\n"),
    (["check", "--jsn"], USAGE, "bellwether: check: there is no option --jsn; did you mean --json\n"),
    (["check", "-x"], USAGE, "bellwether: check: there is no option -x; --help lists them\n"),
    (["check", "--config"], USAGE, "bellwether: check: --config needs a value; write --config=PATH\n"),
    (["check", "--json=yes"], USAGE, "bellwether: check: --json takes no value\n"),
    (["check"], USAGE, "bellwether: check: no configuration was named; write --config=PATH\n"),
    (["version", "x"], USAGE, "bellwether: version: takes no words, but got `x`\n"),
    (["serve", "x"], USAGE, "bellwether: serve: takes no words, but got `x`"),
    (["status", "--url", "ftp://x"], USAGE, "bellwether: `ftp://x` is no URL"),
    (["top"], USAGE, "bellwether: top: needs a terminal; `bellwether status` prints the same once\n"),
    (["top", "--url", "ftp://x"], USAGE, "bellwether: `ftp://x` is no URL"),
    (["eval", "a", "b"], USAGE, "bellwether: eval: one file at a time"),
    (["eval", "/nonexistent"], NO_INPUT, "bellwether: eval: /nonexistent cannot be opened: No such file"),
    (["help", "nothing"], USAGE, "bellwether: there is no command `nothing`"),
    (["config"], USAGE, "bellwether: config: what shall be done?"),
    (["config", "chek"], USAGE, "did you mean `config check`?"),
    (["config", "check"], USAGE, "no configuration was named"),
    (["config", "check", "a", "b"], USAGE, "`b` is one word too many"),
    (["config", "explain", "components.htpt"], USAGE, "there is no setting `htpt`; did you mean `http`?"),
    (["config", "check", "/nonexistent"], NO_INPUT, "/nonexistent: the file cannot be opened: No such file"),
])
def test_mistakes_are_told_on_standard_error(words, status, printed):
    done = run(*words)
    assert done.returncode == status
    assert printed in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["breaker", "check", "config", "eval", "help", "serve", "status", "top", "version"])
def test_help_is_the_same_at_both_doors_and_fits(name):
    one, other = run("help", name), run(name, "--help")
    assert one.returncode == other.returncode == 0
    assert one.stdout == other.stdout
    assert one.stdout.startswith(f"bellwether {name} - ")
    assert max(map(len, one.stdout.splitlines())) <= 80


def test_habits():
    assert run("--version").stdout == run("version").stdout
    assert run("--help").stdout == run("help").stdout
    assert json.loads(run("version", "--json").stdout).keys() == {"version"}


def test_a_closed_output_is_an_error():
    with open("/dev/full", "w") as full:
        done = subprocess.run([PROGRAM, "config", "schema"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 74
    assert "standard output cannot be written" in done.stderr


def test_explain_without_a_path_lists_the_top_and_fits():
    done = run("config", "explain")
    assert done.returncode == 0
    assert "\n  refresh_interval\n" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_schema_knows_every_kind():
    schema = json.loads(run("config", "schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    component = schema["properties"]["components"]["anyOf"][0]["items"]["properties"]
    assert {"name", "every", "host", "redis", "exec", "breaker"} <= component.keys()


def test_the_schema_takes_the_examples_and_refuses_mistakes():
    jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is not there")
    yaml = pytest.importorskip("yaml", reason="python3-yaml is not there")
    schema = json.loads(run("config", "schema").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for path in [*ROOT.glob("examples/*.yaml"), *ROOT.glob("examples/folder/*.yaml")]:
        assert not list(validator.iter_errors(yaml.safe_load(path.read_text()))), path
    assert not list(validator.iter_errors(yaml.safe_load(CONTRACT)))
    for wrong in ({"refresh_interval": "soon"}, {"component": []}, {"components": [{"name": "A B", "host": None}]},
                  {"thresholds": {"cpu_usage": 101}}):
        assert list(validator.iter_errors(wrong)), wrong


CONTRACT = """\
server:     { listen: 127.0.0.1:8090 }
storage:    { path: /var/lib/bellwether, history: 24h, rollups: 400d }
thresholds: { cpu_usage: 80, memory_usage: 85, disk_usage: 90, response_time: 5s, failure_rate: 0.1 }
components:
  - name: database
    group: storage
    critical: true              # readiness depends on it
    every: 30s
    timeout: 5s
    postgres: { url: "postgresql://bt@/bars", query: "select 1" }
  - name: cache
    redis: { url: "redis://127.0.0.1:6379/0", degraded_if_down: true }
  - name: yfinance
    http: { url: "https://\u2026", expect: { status: 200, body: '.chart.error == null', within: 2s } }
    breaker: { failure_threshold: 3, recovery_timeout: 120s }
    depends_on: [internet]
  - name: ml_models
    exec: { command: ["python3", "-c", "import talib"], timeout: 20s }
breakers:   [{ name: tiingo, failure_rate_threshold: 0.5, window: 300s }]
jobs:       [{ name: nightly-backtest, schedule: "0 2 * * 1-5", timezone: America/New_York, grace: 30m }]
alerts:     { for: 1m, reminders: 4h }
notify:     [{ name: ops, slack: { url: "${SLACK_URL}" }, severity: warning }]
"""


def test_the_promised_configuration_is_accepted_as_it_stands(tmp_path):
    path = write(tmp_path, CONTRACT)
    done = run("config", "check", path, env={"SLACK_URL": "https://hooks.example/hunter2"})
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{path}: no errors, 4 components\n"
    assert "notify" not in done.stderr
    shown = run("config", "show", path, env={"SLACK_URL": "https://hooks.example/hunter2"})
    assert shown.returncode == 0
    assert "hunter2" not in shown.stdout + shown.stderr + done.stderr
    assert "      url: <secret>\n" in shown.stdout
    again = write(tmp_path, shown.stdout.replace("<secret>", "https://hooks.example/other"), "again.yaml")
    assert run("config", "show", again).stdout == shown.stdout


def test_an_unset_variable_is_named(tmp_path):
    env = {name: value for name, value in os.environ.items() if name != "SLACK_URL"}
    done = subprocess.run([PROGRAM, "config", "check", str(write(tmp_path, CONTRACT))], env=env,
                          text=True, capture_output=True)
    assert done.returncode == CONFIG
    assert "22:41: the environment variable SLACK_URL is not set" in done.stderr


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*.yaml")) + [ROOT / "examples" / "folder"],
                         ids=lambda path: path.name)
def test_the_examples_are_right(path):
    texts = [path.read_text()] if path.is_file() else []
    named = {name for text in texts for name in re.findall(r"\$\{(\w+)\}", text)}
    done = run("config", "check", path, env={name: "https://example.org/" for name in named})
    assert done.returncode == 0, done.stderr


def test_the_pages_hold_the_tables_of_the_program():
    done = subprocess.run([str(ROOT / "tools" / "gen-docs"), PROGRAM, "--check"], text=True,
                          capture_output=True)
    assert done.returncode == 0, done.stdout


SECRETS = """\
components:
  - { name: a, redis: { url: "redis://:hunter2@h/0", pasword: hunter2, every: never } }
  - { name: b, redis: { url: "redis://h", password: [hunter2] } }
  - { name: c, http: { url: "http://u:hunter2@h/", headers: { Authorization: "Bearer hunter2" }, x: 1 } }
  - name: d
    redis:
      url: redis://h
      password: |
        hunter2
      evry: 5s
  - { name: e, exec: { command: [run, --password=hunter2], x: 1 } }
"""


def test_secrets_are_never_printed(tmp_path):
    done = run("config", "check", write(tmp_path, SECRETS))
    assert done.returncode == CONFIG
    assert done.stderr.count("t.yaml:") >= 6
    assert "hunter" not in done.stderr


def test_a_secret_in_broken_yaml_is_not_printed(tmp_path):
    for text in ("password: \"hunter2\n", "a: {password: hunter2 hunter2]\n", "key:\n  token: |\n  hunter2\n :\n"):
        done = run("config", "check", write(tmp_path, text))
        assert done.returncode == CONFIG
        assert "hunter" not in done.stderr, text


def test_a_secret_in_a_file(tmp_path):
    secret = write(tmp_path, "hunter2\n", "secret")
    text = "components: [{ name: a, redis: { url: 'redis://h', password: 'file:%s' } }]\n"
    config = write(tmp_path, text % secret)
    secret.chmod(0o644)
    done = run("config", "check", config)
    assert done.returncode == 0, done.stderr
    assert f"everybody on this machine may read {secret}" in done.stderr
    secret.chmod(0o600)
    done = run("config", "show", config)
    assert "password: <secret>" in done.stdout and "hunter" not in done.stdout
    for wrong, why in ((tmp_path / "none", "No such file"), (tmp_path, "is no regular file")):
        done = run("config", "check", write(tmp_path, text % wrong))
        assert done.returncode == CONFIG and why in done.stderr
    secret.write_bytes(b"h" * 70000)
    done = run("config", "check", write(tmp_path, text % secret))
    assert done.returncode == CONFIG and "longer than 64 KiB" in done.stderr


def test_what_a_kind_refuses_is_told_with_the_rest(tmp_path):
    path = write(tmp_path, "sever: {}\ncomponents:\n"
                 "  - name: page\n    http: { url: 'http://a/', expect: { body: '.a ==' } }\n"
                 "  - name: half\n    http: { url: [], expect: { body: '.b ==' } }\n")
    got = run("config", "check", path)
    places = [line.split(": ")[0].rsplit("/", 1)[1] for line in got.stderr.splitlines()
              if line.startswith(str(path))]
    assert got.returncode == 78
    assert places == ["t.yaml:1:1", "t.yaml:4:47", "t.yaml:6:18"]  # a half-read kind judges nothing
    assert "jq" in got.stderr and "sever" in got.stderr


def test_a_folder_is_one_configuration(tmp_path):
    write(tmp_path, "components: [{ name: a, host: }]\nrefresh_interval: 10s\n", "1.yaml")
    write(tmp_path, "components: [{ name: b, host: }]\n", "2.yml")
    write(tmp_path, "not: [yaml", "3.txt")
    write(tmp_path, "not: [yaml", ".4.yaml")
    done = run("config", "check", tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("no errors, 2 components\n")
    write(tmp_path, "refresh_interval: 20s\ncomponents: [{ name: a, host: }]\n", "5.yaml")
    done = run("config", "check", tmp_path)
    assert done.returncode == CONFIG
    assert f"{tmp_path}/5.yaml:1:1: `refresh_interval` is already given at {tmp_path}/1.yaml:2:1" in done.stderr
    assert f"there is a component `a` already, at {tmp_path}/1.yaml:1" in done.stderr


def test_an_empty_folder_is_an_error(tmp_path):
    done = run("config", "check", tmp_path)
    assert done.returncode == CONFIG
    assert "the folder holds no *.yaml or *.yml file" in done.stderr


def shell(name, status, text="", more=""):
    return (f"  - {{ name: {name}, {more} exec: {{ shell: true, "
            f"command: \"printf '{text}'; exit {status}\" }} }}\n")


@pytest.mark.parametrize("components, names, status", [
    (shell("a", 0), [], 0),
    (shell("a", 1), [], 1),
    (shell("a", 2), [], 1),
    (shell("a", 2, more="critical: true,"), [], 2),
    (shell("a", 3), [], 3),
    (shell("a", 0) + shell("b", 2), ["b"], 2),
    (shell("a", 0) + shell("b", 2), ["a"], 0),
    ("  - { name: a, push: { every: 1m } }\n", [], 3),
    ("", [], 3),
])
def test_check_exits_with_the_verdict(tmp_path, components, names, status):
    path = write(tmp_path, "components:\n" + components)
    assert run("check", "--config", path, *names).returncode == status
    done = run("check", "--config", path, "--json", *names)
    assert done.returncode == status
    assert json.loads(done.stdout)["status"] == ["healthy", "degraded", "unhealthy", "unknown"][status]


def test_check_prints_a_table_that_fits_and_is_safe(tmp_path):
    text = "x" * 60 + " \\\\033]0;owned\\\\007 " + "word " * 30
    path = write(tmp_path, "components:\n" + shell("a." + "long-" * 10 + "name", 2, text) + shell("b", 0))
    done = run("check", "-c", path)
    lines = done.stdout.splitlines()
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["COMPONENT", "STATE", "TIME", "WHAT"]
    assert lines[-1] == "degraded: 1 healthy, 0 degraded, 1 unhealthy, 0 unknown"
    quiet = run("check", "-q", "-c", path).stdout
    assert "\nb " not in quiet and "unhealthy" in quiet


def test_check_guesses_names(tmp_path):
    path = write(tmp_path, "components:\n" + shell("database", 0))
    done = run("check", "-c", path, "databse")
    assert done.returncode == USAGE
    assert "there is no component `databse`; did you mean `database`?" in done.stderr


def test_check_runs_many_at_a_time(tmp_path):
    """They wait for each other, so they can only end if they run together."""
    meet = tmp_path / "meet"
    meet.mkdir()
    wait = f"touch {meet}/$$; until [ $(ls {meet} | wc -l) -ge 20 ]; do sleep 0.1; done"
    path = write(tmp_path, "components:\n" + "".join(
        f"  - {{ name: n{n}, timeout: 25s, exec: {{ shell: true, command: \"{wait}\" }} }}\n"
        for n in range(20)))
    assert run("check", "-c", path).returncode == 0


def test_check_can_be_interrupted(tmp_path):
    mark = tmp_path / "started"
    path = write(tmp_path, "components:\n"
                 f"  - {{ name: a, timeout: 25s, exec: {{ shell: true, command: \"touch {mark}; sleep 20\" }} }}\n")
    child = subprocess.Popen([PROGRAM, "check", "-c", str(path)], stderr=subprocess.PIPE, text=True)
    wait_until(mark.exists, what="the check runs")
    child.send_signal(signal.SIGINT)
    assert child.wait(10) == 130
    assert "interrupted" in child.stderr.read()


def test_colour_only_on_a_terminal_and_for_what_deviates(tmp_path):
    path = write(tmp_path, "components:\n" + shell("a", 0) + shell("b", 2))

    def printed(no_color):
        ours, theirs = pty.openpty()
        env = {**os.environ, "TERM": "xterm", "NO_COLOR": no_color}
        child = subprocess.Popen([PROGRAM, "check", "-c", str(path)], stdout=theirs, env=env)
        os.close(theirs)
        text = b""
        while True:
            try:
                got = os.read(ours, 4096)
            except OSError:
                break
            text += got
        os.close(ours)
        child.wait()
        return text.decode()

    assert "\x1b" not in printed("1")
    colored = printed("")
    assert "\x1b[1;31munhealthy" in colored
    assert "\x1b" not in next(line for line in colored.splitlines() if line.startswith("a "))
    assert "\x1b" not in run("check", "-c", path).stdout


def test_status_of_a_running_daemon(tmp_path):
    with Daemon(tmp_path, "components:\n" + shell("a", 0) + shell("b", 2, "it \\\\033[31mburns")) as daemon:
        url = f"http://127.0.0.1:{daemon.port}"
        wait_until(lambda: run("status", "--url", url).returncode == 1, what="it is degraded")
        done = run("status", "--url", url + "/")
        assert done.stdout.startswith("\u25b2 degraded  in trouble for ")
        assert "\nNOT HEALTHY (1)\n  \u2716 unhealthy  b " in done.stdout and "burns" in done.stdout
        assert "\x1b" not in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 80
        document = json.loads(run("status", "--url", url, "--json").stdout)
        assert document["components"]["b"]["status"] == "unhealthy"
        assert len(run("status", "-q", "--url", url).stdout.splitlines()) == 3


def test_status_without_a_daemon():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = run("status", "--url", url)
    assert done.returncode == UNAVAILABLE
    assert f"bellwether: {url} does not answer: connection refused" in done.stderr
    assert "--url" in done.stderr
