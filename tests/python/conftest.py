"""What every test of the Python package has: a region, and no breakers but its own."""
import weakref

import pytest

from bellwether import registry


@pytest.fixture(autouse=True)
def region(tmp_path, monkeypatch):
    """The file of this test's breakers; nothing outside the test's folder is touched."""
    path = tmp_path / "region" / "breakers"
    monkeypatch.setenv("BELLWETHER_REGION", str(path))
    monkeypatch.delenv("BELLWETHER_BREAKERS", raising=False)
    monkeypatch.setattr(registry, "_made", weakref.WeakValueDictionary())
    monkeypatch.setattr(registry, "_kept", {})
    return path
