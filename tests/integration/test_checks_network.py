"""The kinds that speak over a network, against real servers and against peers that misbehave."""
import os
import pathlib
import resource
import ssl
import subprocess
import time

import pytest

from peers import (Peer, Server, check, check_all, floods, free_port, is_open, listening,
                   make_certificates, needs, openssl, says)


def need(program):
    path = needs(program)
    if not path:
        pytest.skip(f"{program} is not installed")
    return path


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    need("openssl")
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


# -- redis --

@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    command = [need("redis-server"), "--port", port, "--bind", "127.0.0.1", "--save", "",
               "--dir", folder, "--unixsocket", folder / "redis.sock"]
    with listening(command, port):
        yield port, folder


@pytest.fixture(scope="module")
def redis_with_password(tmp_path_factory, certificates):
    port, secure = free_port(), free_port()
    folder = tmp_path_factory.mktemp("redis-password")
    command = [need("redis-server"), "--port", port, "--bind", "127.0.0.1", "--save", "",
               "--dir", folder, "--requirepass", "s3cret", "--tls-port", secure,
               "--tls-cert-file", certificates / "server.pem",
               "--tls-key-file", certificates / "server.key",
               "--tls-ca-cert-file", certificates / "ca.pem", "--tls-auth-clients", "no"]
    with listening(command, secure):
        yield port, secure


def test_redis_is_healthy_and_tells_about_itself(tmp_path, redis):
    got = check(tmp_path, "redis", {"url": f"redis://127.0.0.1:{redis[0]}/3", "role": "master",
                                    "max_memory": "1GiB"})
    assert got["status"] == "healthy", got
    assert got["details"]["role"] == "master"
    assert got["details"]["used_memory_bytes"] > 100000
    assert got["details"]["clients"] >= 1
    assert 0 < got["response_time_ms"] < 1000


def test_redis_over_a_unix_socket(tmp_path, redis):
    got = check(tmp_path, "redis", {"url": f"unix://{redis[1]}/redis.sock"})
    assert got["status"] == "healthy", got
    missing = check(tmp_path, "redis", {"url": f"unix://{redis[1]}/none.sock"})
    assert missing["status"] == "unhealthy" and "none.sock" in missing["error_message"]


@pytest.mark.parametrize("settings, text", [
    ({"role": "replica"}, "role is master, expected replica"),
    ({"min_replicas": 1}, "0 replicas connected, at least 1 expected"),
    ({"password": "wrong"}, "has no password set but was given one"),
])
def test_redis_is_not_what_was_expected(tmp_path, redis, settings, text):
    got = check(tmp_path, "redis", {"url": f"redis://127.0.0.1:{redis[0]}", **settings})
    assert got["status"] == "unhealthy" and text in got["error_message"], got


def test_redis_limits_and_databases(tmp_path, redis):
    got = check(tmp_path, "redis", {"url": f"redis://127.0.0.1:{redis[0]}", "max_memory": "1KiB"})
    assert got["status"] == "degraded" and "bytes of memory" in got["error_message"], got
    got = check(tmp_path, "redis", {"url": f"redis://127.0.0.1:{redis[0]}/9999"})
    assert got["status"] == "unhealthy" and "SELECT" in got["error_message"], got


def test_redis_wants_a_password(tmp_path, redis_with_password):
    url = f"redis://127.0.0.1:{redis_with_password[0]}"
    good = check(tmp_path, "redis", {"url": url, "password": "s3cret"})
    assert good["status"] == "healthy", good
    assert good["details"]["role"] == "master"
    named = check(tmp_path, "redis", {"url": f"redis://default:s3cret@127.0.0.1:"
                                             f"{redis_with_password[0]}"})
    assert named["status"] == "healthy", named
    none = check(tmp_path, "redis", {"url": url})
    assert none["status"] == "unhealthy" and "wants a password" in none["error_message"]
    wrong = check(tmp_path, "redis", {"url": url, "password": "w0rdless"})
    assert wrong["status"] == "unhealthy" and "are wrong" in wrong["error_message"]
    assert "w0rdless" not in wrong["error_message"]


def test_redis_over_tls(tmp_path, redis_with_password, certificates):
    url = f"rediss://:s3cret@localhost:{redis_with_password[1]}"
    trusted = {"ca_file": str(certificates / "ca.pem")}
    good = check(tmp_path, "redis", {"url": url, "tls": trusted})
    assert good["status"] == "healthy", good
    unknown = check(tmp_path, "redis", {"url": url})
    assert unknown["status"] == "unhealthy" and "not trusted" in unknown["error_message"], unknown
    other = check(tmp_path, "redis", {"url": url, "tls": {**trusted, "server_name": "other.test"}})
    assert other["status"] == "unhealthy", other
    careless = check(tmp_path, "redis", {"url": url, "tls": {"verify": False}})
    assert careless["status"] == "healthy", careless


# -- nginx --

NGINX = """
daemon off; worker_processes 1; error_log stderr crit; pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
  uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
  server {{
    listen 127.0.0.1:{plain}; listen 127.0.0.1:{secure} ssl http2; listen unix:{folder}/web.sock;
    ssl_certificate {certificates}/soon.pem; ssl_certificate_key {certificates}/server.key;
    location /json {{ default_type application/json;
      return 200 '{{"chart": {{"error": null, "points": [1, 2, 3]}}, "version": "v2.7"}}'; }}
    location /old {{ return 301 /json; }}
    location /loop {{ return 302 /loop; }}
    location /gone {{ return 503 "sorry"; }}
    location /who {{ return 200 "$request_method $http_authorization $http_x_key $server_protocol"; }}
    location / {{ return 200 "welcome"; }}
  }}
}}
"""


@pytest.fixture(scope="module")
def web(tmp_path_factory, certificates):
    folder = tmp_path_factory.mktemp("nginx")
    plain, secure = free_port(), free_port()
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, plain=plain, secure=secure,
                                   certificates=certificates))
    with listening([need("nginx"), "-p", folder, "-c", config], plain):
        yield {"plain": f"http://127.0.0.1:{plain}", "secure": f"https://localhost:{secure}",
               "port": secure, "folder": folder, "ca": str(certificates / "ca.pem")}


def test_http_is_healthy_with_all_its_details(tmp_path, web):
    got = check(tmp_path, "http", {
        "url": web["plain"] + "/json",
        "expect": {"status": 200, "headers": {"Content-Type": "/^application.json/"},
                   "body": [".chart.error == null", ".chart.points | length == 3",
                            '/"v2\\.\\d"/', "chart"], "within": "2s"}})
    assert got["status"] == "healthy", got
    details = got["details"]
    assert details["status"] == 200 and details["http_version"] == "1.1"
    assert details["peer"].startswith("127.0.0.1:")
    assert 0 < details["connected_us"] <= details["first_byte_us"] <= details["total_us"]


@pytest.mark.parametrize("settings, text", [
    ({"path": "/gone"}, "status 503, expected 2xx"),
    ({"path": "/json", "expect": {"body": ".chart.error != null"}}, ".chart.error is null"),
    ({"path": "/", "expect": {"body": ".a"}}, "the body is not JSON"),
    ({"path": "/", "expect": {"body": "good-bye"}}, "which begins \"welcome\""),
    ({"path": "/", "expect": {"headers": {"X-None": "x"}}}, "header X-None is missing"),
    ({"path": "/", "expect": {"headers": {"Server": "apache"}}}, "header Server is \"nginx"),
    ({"path": "/loop"}, "redirect"),
    ({"path": "/old", "redirects": 0}, "status 301, expected 2xx"),
])
def test_http_is_not_what_was_expected(tmp_path, web, settings, text):
    settings = dict(settings)
    settings["url"] = web["plain"] + settings.pop("path")
    got = check(tmp_path, "http", settings)
    assert got["status"] == "unhealthy" and text in got["error_message"], got


def test_http_follows_redirects(tmp_path, web):
    got = check(tmp_path, "http", {"url": web["plain"] + "/old", "expect": {"body": "chart"}})
    assert got["status"] == "healthy" and got["details"]["redirects"] == 1, got


def test_http_says_who_we_are(tmp_path, web):
    got = check(tmp_path, "http", {
        "url": web["plain"] + "/who", "method": "PUT", "body": "x", "user": "joe",
        "password": "word", "headers": {"X-Key": "k1"}, "expect": {"body": "PUT Basic am9lOndvcmQ= k1"}})
    assert got["status"] == "healthy", got
    got = check(tmp_path, "http", {"url": web["plain"] + "/who", "bearer": "t0ken",
                                   "expect": {"body": "GET Bearer t0ken"}})
    assert got["status"] == "healthy", got


def test_http_over_a_unix_socket(tmp_path, web):
    got = check(tmp_path, "http", {"url": "http://localhost/", "expect": {"body": "welcome"},
                                   "unix_socket": str(web["folder"] / "web.sock")})
    assert got["status"] == "healthy", got


def test_https_and_http_2(tmp_path, web):
    trusted = {"url": web["secure"] + "/who", "tls": {"ca_file": web["ca"]}}
    got = check(tmp_path, "http", {**trusted, "version": "2", "expect": {"body": "HTTP/2.0"}})
    assert got["status"] == "healthy" and got["details"]["http_version"] == "2", got
    assert got["details"]["certificate_days_left"] == 4
    got = check(tmp_path, "http", {**trusted, "version": "1.1", "expect": {"body": "HTTP/1.1"}})
    assert got["status"] == "healthy", got
    got = check(tmp_path, "http", {**trusted, "tls_expiry": "14d"})
    assert got["status"] == "degraded" and "runs out in 4 days" in got["error_message"], got


def test_https_is_not_trusted(tmp_path, web):
    got = check(tmp_path, "http", {"url": web["secure"] + "/"})
    assert got["status"] == "unhealthy" and "Test CA" in got["error_message"], got
    got = check(tmp_path, "http", {"url": web["secure"] + "/", "tls": {"verify": False}})
    assert got["status"] == "healthy", got


def test_tls_looks_at_a_certificate(tmp_path, web, certificates):
    settings = {"host": "localhost", "port": web["port"], "ca_file": web["ca"]}
    got = check(tmp_path, "tls", settings)
    assert got["status"] == "degraded" and "runs out in 4 days" in got["error_message"], got
    assert got["details"]["subject"] == "localhost" and got["details"]["verified"] is True
    assert "Test CA" in got["details"]["issuer"]
    got = check(tmp_path, "tls", {**settings, "server_name": "other.test"})
    assert got["status"] == "unhealthy" and "not trusted" in got["error_message"], got
    got = check(tmp_path, "tls", {"host": "localhost", "port": web["port"]})
    assert got["status"] == "unhealthy" and "not trusted" in got["error_message"], got
    assert got["details"]["certificate_days_left"] == 4


def test_tls_of_an_old_protocol(tmp_path, certificates):
    port = free_port()
    command = [need("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_2", "-quiet",
               "-cert", certificates / "server.pem", "-key", certificates / "server.key"]
    settings = {"host": "127.0.0.1", "port": port, "ca_file": str(certificates / "ca.pem")}
    with listening(command, port):
        got = check(tmp_path, "tls", settings)
        assert got["status"] == "healthy" and got["details"]["protocol"] == "TLSv1.2", got
        got = check(tmp_path, "tls", {**settings, "min_protocol": "TLSv1.3"})
        assert got["status"] == "unhealthy" and "speaks TLSv1.2" in got["error_message"], got


def test_tls_after_starttls(tmp_path, certificates):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "server.pem", certificates / "server.key")

    def smtp(connection):
        connection.sendall(b"220 test ESMTP\r\n")
        connection.recv(100)
        connection.sendall(b"250-test\r\n250 STARTTLS\r\n")
        connection.recv(100)
        connection.sendall(b"220 go\r\n")
        context.wrap_socket(connection, server_side=True).recv(1)

    with Peer(smtp) as peer:
        got = check(tmp_path, "tls", {"host": "localhost", "port": peer.port, "starttls": "smtp",
                                      "ca_file": str(certificates / "ca.pem")})
    assert got["status"] == "healthy" and got["details"]["protocol"] == "TLSv1.3", got


# -- dnsmasq --

@pytest.fixture(scope="module")
def names():
    port = free_port()
    command = [need("dnsmasq"), "--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
               "--pid-file=", f"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces",
               "--local=/test/", "--address=/site.test/192.0.2.7", "--local-ttl=60",
               "--mx-host=site.test,mail.test,10", "--txt-record=site.test,v=spf1 -all"]
    with listening(command, port):
        yield port


@pytest.mark.parametrize("settings, status, text", [
    ({"name": "site.test"}, "healthy", ""),
    ({"name": "site.test", "tcp": True}, "healthy", ""),
    ({"name": "site.test", "expect": {"answers": ["192.0.2.7"], "match": "exact"}}, "healthy", ""),
    ({"name": "site.test", "type": "MX", "expect": {"answers": ["10 mail.test"]}}, "healthy", ""),
    ({"name": "site.test", "type": "TXT", "expect": {"answers": ["v=spf1 -all"]}}, "healthy", ""),
    ({"name": "none.test"}, "unhealthy", "NXDOMAIN for none.test: there is no such name"),
    ({"name": "none.test", "expect": {"rcode": "NXDOMAIN"}}, "healthy", ""),
    ({"name": "site.test", "expect": {"answers": ["192.0.2.8"]}}, "unhealthy", "A site.test is 192.0.2.7"),
    ({"name": "site.test", "expect": {"min_ttl": "5m"}}, "degraded", "time to live is 60 s"),
    ({"name": "elsewhere.example"}, "unhealthy", "REFUSED"),
])
def test_dns(tmp_path, names, settings, status, text):
    got = check(tmp_path, "dns", {"server": "127.0.0.1", "port": names, **settings})
    assert got["status"] == status and text in (got.get("error_message") or ""), got


def test_dns_without_a_server(tmp_path):
    got = check(tmp_path, "dns", {"name": "site.test", "server": "127.0.0.1", "port": free_port()})
    assert got["status"] == "unhealthy", got


# -- peers that misbehave --

KINDS = {
    "http": lambda port: {"url": f"http://127.0.0.1:{port}/", "expect": {"body": "needle"}},
    "redis": lambda port: {"url": f"redis://127.0.0.1:{port}"},
    "tcp": lambda port: {"host": "127.0.0.1", "port": port, "expect": "needle"},
    "tls": lambda port: {"host": "127.0.0.1", "port": port},
    "https": lambda port: {"url": f"https://127.0.0.1:{port}/"},
}


def check_peer(folder, kind, port, **component):
    return check(folder, "http" if kind == "https" else kind, KINDS[kind](port), **component)


@pytest.mark.parametrize("kind", KINDS)
def test_refused(tmp_path, kind):
    got = check_peer(tmp_path, kind, free_port())
    assert got["status"] == "unhealthy" and "refused" in got["error_message"], got


@pytest.mark.parametrize("kind", KINDS)
def test_never_answering(tmp_path, kind):
    with Peer(None) as peer:
        before = time.monotonic()
        got = check_peer(tmp_path, kind, peer.port, timeout="1s")
        took = time.monotonic() - before
    assert got["status"] == "unhealthy" and "timed out after 1 s" in got["error_message"], got
    assert took < 3


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("data, then", [
    (b"", "close"), (b"", "reset"), (b"\x00\xff\xfe\x1b[31m\r\n\r\n" * 20, "close"),
    (b"\x00\xff garbage", "silence"), (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "close"),
    (b"+PONG", "close"), (b"\x16\x03\x03\x00\x40half a handshake", "close"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", "reset"),
])
def test_garbage_and_halves(tmp_path, kind, data, then):
    with Peer(says(data, then)) as peer:
        got = check_peer(tmp_path, kind, peer.port, timeout="1s")
    assert got["status"] == "unhealthy", got
    assert got["error_message"] and "\x1b" not in got["error_message"]


@pytest.mark.parametrize("kind, head", [
    ("http", b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n"), ("redis", b"$1073741824\r\n"),
    ("tcp", b""), ("tls", b""), ("https", b""), ("http", b"HTTP/1.1 200 OK\r\nX: "),
])
def test_a_gigabyte(tmp_path, kind, head):
    talk = floods(head)
    with Peer(talk) as peer:
        got = check_peer(tmp_path, kind, peer.port, timeout="5s")
    assert got["status"] == "unhealthy", got
    assert talk.sent[0] < 64 << 20, "far more was taken than any limit allows"


def test_no_descriptors_left_is_unknown(tmp_path):
    def few():
        resource.setrlimit(resource.RLIMIT_NOFILE, (48, 48))

    with Peer(says(b"", "silence")) as peer:
        components = [{"name": f"c{n}", "timeout": "1s",
                       "tcp": {"host": "127.0.0.1", "port": peer.port, "expect": "x"}}
                      for n in range(100)]
        got = check_all(tmp_path, components, preexec=few)
    words = [part["status"] for part in got.values()]
    assert words.count("unknown") > 30, words
    assert all("descriptor" in part["error_message"] for part in got.values()
               if part["status"] == "unknown"), got


def test_a_thousand_that_never_answer_time_out_together(tmp_path):
    with Peer(None) as peer:
        components = [{"name": f"c{n}", "timeout": "1s",
                       "tcp": {"host": "127.0.0.1", "port": peer.port, "expect": "x"}}
                      for n in range(200)]
        before = time.monotonic()
        got = check_all(tmp_path, components)
        took = time.monotonic() - before
    assert all("timed out after 1 s" in part["error_message"] for part in got.values())
    assert took < 10
