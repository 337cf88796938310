"""What every test has: breakers of its own, never those of this machine."""
import pytest


@pytest.fixture(autouse=True)
def own_region(tmp_path, monkeypatch):
    """For what a test starts itself; a Daemon has one in its own folder."""
    monkeypatch.setenv("BELLWETHER_REGION", str(tmp_path / "test.region"))
    monkeypatch.delenv("BELLWETHER_BREAKERS", raising=False)
