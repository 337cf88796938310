"""What docs/status-page.md tells people to put in front of the daemon lets the public page through and nothing else."""
import http.client
import pathlib
import re

import pytest

from daemon import Daemon
from peers import free_port, listening, needs

GUIDE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "status-page.md"
AROUND = """
daemon off; worker_processes 1; error_log stderr crit; pid {folder}/nginx.pid;
events {{ worker_connections 64; }}
http {{
access_log off;
client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
{server}
}}
"""
CONFIG = "components:\n  - {{ name: database, push: {{ every: 1h }} }}\n{more}"


def proxy(folder, daemon, more=""):
    """The guide's own server, on a port of the kernel's choice and without its certificate."""
    nginx = needs("nginx")
    if not nginx:
        pytest.skip("nginx is not installed")
    port = free_port()
    server = re.search(r"```nginx\n(.*?)```", GUIDE.read_text(), re.S)[1]
    server, listens = re.subn(r"listen 443 ssl;", f"listen 127.0.0.1:{port};{more}", server)
    server, passes = re.subn(r"http://127\.0\.0\.1:8090", f"http://127.0.0.1:{daemon.port}", server)
    assert listens == 1 and passes == 3, server
    path = pathlib.Path(folder) / "nginx.conf"
    path.write_text(AROUND.format(folder=folder, server=server))
    return port, listening([nginx, "-p", folder, "-c", path], port)


def answers(port, paths, method="GET"):
    found = {}
    for path in paths:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        connection.request(method, path, headers={"Host": "status.example.org"})
        found[path] = connection.getresponse().status
        connection.close()
    return found


def test_the_proxy_of_the_guide_hands_out_the_public_page_alone(tmp_path):
    with Daemon(tmp_path, CONFIG.format(more="")) as daemon:
        port, server = proxy(tmp_path, daemon)
        with server:
            open_paths = ["/status", "/status?still", "/status.css", "/badge/status.svg", "/badge/database/uptime.json"]
            assert answers(port, open_paths) == dict.fromkeys(open_paths, 200)
            assert answers(port, ["/"]) == {"/": 302}
            hidden = ["/api/v1/dashboard", "/api/v1/live", "/metrics", "/health", "/assets/app.js", "/statusx", "/badge/../api/v1/dashboard"]
            assert answers(port, hidden) == dict.fromkeys(hidden, 404)
            orders = ["/-/reload", "/api/v1/components/database/check"]
            assert answers(port, orders, "POST") == dict.fromkeys(orders, 404)


@pytest.mark.parametrize("more, expected", [("", 421), ('server: { allowed_hosts: ["status.example.org"] }\n', 200)])
def test_a_name_that_is_handed_on_must_be_allowed(tmp_path, more, expected):
    with Daemon(tmp_path, CONFIG.format(more=more)) as daemon:
        port, server = proxy(tmp_path, daemon, " proxy_set_header Host $host;")
        with server:
            assert answers(port, ["/status"]) == {"/status": expected}
