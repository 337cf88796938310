"""Runs the reference dashboard (status_dashboard.py of the shared folder) on the ticks of `bellwether eval`.

The class itself is untouched: the modules it imports are stand-ins, and its clock is the tick's.
"""
import asyncio
import copy
import datetime
import importlib.util
import pathlib
import sys
import types

SHARED = pathlib.Path(__file__).resolve().parents[2].parent / "shared"
MODULE = SHARED / "seed" / "status_dashboard.py"
CHECK = SHARED / "conformance" / "check.py"


class Clock(datetime.datetime):
    present = None

    @classmethod
    def now(cls, tz=None):
        return cls.present.astimezone(tz)


class Component:
    def __init__(self, fields):
        self.status = fields["status"]
        self.response_time_ms = fields.get("response_time_ms")
        self.last_check = fields.get("last_check")
        self.error = fields.get("error")


class Tick:
    """What the stand-ins answer at this moment."""

    health, breakers, error = {}, {}, None


def _stand_in(name, **members):
    module = types.ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


async def _detailed_health():
    if Tick.error is not None:
        raise RuntimeError(Tick.error)
    health = dict(Tick.health)
    if "components" in health:
        health["components"] = {name: Component(c) for name, c in health["components"].items()}
    health["circuit_breakers"] = {
        name: types.SimpleNamespace(state=b.get("state", "unknown")) for name, b in Tick.breakers.items()
    }
    return health


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def load_reference():
    for package in ("maverick_mcp", "maverick_mcp.config", "maverick_mcp.utils", "maverick_mcp.api", "maverick_mcp.api.routers"):
        _stand_in(package)
    _stand_in("maverick_mcp.config.settings", get_settings=lambda: None)
    _stand_in("maverick_mcp.utils.circuit_breaker", get_all_circuit_breaker_status=lambda: Tick.breakers)
    _stand_in("maverick_mcp.api.routers.health_enhanced", _get_detailed_health_status=_detailed_health)
    module = load(MODULE)
    module.datetime = Clock
    module.time = types.SimpleNamespace(time=lambda: Clock.present.timestamp())
    module.logger.disabled = True
    return module


def documents(module, ticks):
    """The reference's document for every tick, as it is when get_dashboard_data() has returned."""
    dashboard, out = None, []
    for tick in ticks:
        Clock.present = Clock.fromisoformat(tick["now"])
        Tick.health, Tick.breakers, Tick.error = tick.get("health"), tick.get("breakers", {}), tick.get("error")
        dashboard = dashboard or module.StatusDashboard()
        out.append(copy.deepcopy(asyncio.run(dashboard.get_dashboard_data())))
    return out
