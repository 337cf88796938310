"""The page's files as they are served: named after their bytes, compressed by the build, kept for ever."""
import gzip
import re

import pytest

from daemon import Daemon

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory):
    with Daemon(tmp_path_factory.mktemp("assets"), "components: []\n") as started:
        yield started


def assets_of(daemon):
    status, headers, page = daemon.request("GET", "/")
    assert status == 200 and headers["Cache-Control"] == "no-cache"
    return re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.decode())


def test_the_page_names_its_files_after_their_bytes(daemon):
    paths = assets_of(daemon)
    assert [re.sub(r"\.[0-9A-Za-z]{8}\.", ".", path) for path in paths] == \
        ["/assets/theme.js", "/assets/app.css", "/assets/app.js"]
    for path in paths:
        status, headers, body = daemon.request("GET", path)
        assert status == 200 and headers["Cache-Control"] == FOR_EVER
        assert "Content-Encoding" not in headers


def test_what_is_sent_compressed_was_compressed_by_the_build(daemon):
    for path in ["/", "/api/v1/openapi.json", *assets_of(daemon)]:
        plain = daemon.request("GET", path)[2]
        if len(plain) < 256:
            continue
        status, headers, body = daemon.request("GET", path, headers={"Accept-Encoding": "gzip"})
        assert status == 200 and headers["Content-Encoding"] == "gzip", path
        assert gzip.decompress(body) == plain and len(body) < len(plain)


def test_a_page_that_is_known_is_not_sent_again(daemon):
    for coding in ("identity", "gzip"):
        tag = daemon.request("GET", "/", headers={"Accept-Encoding": coding})[1]["ETag"]
        status, headers, body = daemon.request(
            "GET", "/", headers={"Accept-Encoding": coding, "If-None-Match": tag})
        assert (status, body) == (304, b"") and headers["Cache-Control"] == "no-cache"


def test_a_name_of_another_version_is_not_there_and_not_remembered(daemon):
    for path in ("/assets/app.00000000.js", "/assets/app.js", "/assets/../app.lines"):
        status, headers, _ = daemon.request("GET", path)
        assert status == 404 and headers["Cache-Control"] == "no-store", path
