"""The circuit breaker's rules as plainly as they can be written: one process, lists, no words.

`Model(config).step(line)` answers as `bellwether breaker replay` does. Times are whole microseconds
inside. It keeps every call of the window with the number of its sixtieth, since the window forgets
sixtieths, not calls. Jitter is not modelled: give none.
"""
import dataclasses

OVERRIDES = {"forced_open", "disabled", "metrics_only"}
DEFAULTS = {
    "failure_threshold": 5, "failure_rate_threshold": 0.5, "timeout_threshold": 10, "recovery_timeout": 60,
    "success_threshold": 3, "window_size": 60, "strategy": "combined", "minimum_calls": 5, "max_probes": 0,
    "retry_multiplier": 1, "max_open": 0, "lump_ms": 0, "min_failing_workers": 1,
    "slow_success_counts": False, "slow_threshold": 0,
}


def micro(seconds):
    return round(seconds * 1_000_000)


@dataclasses.dataclass
class Ticket:
    admitted: bool
    generation: int
    lease: dict = None
    reason: str = None
    retry_after: float = None


class Model:
    def __init__(self, config):
        assert set(config) <= set(DEFAULTS), config
        self.config = {**DEFAULTS, **config}
        self.now = 0
        self.state, self.generation = "closed", 1
        self.retry_at = None
        self.tickets = {}
        self.lifetime = dict.fromkeys(
            ("admitted", "rejected", "success", "failure", "timeout", "ignored", "late"), 0)
        self.events = []
        self.flips = []  # (time, is closed from then on)
        self.moments = []  # of every change
        self.went_back = False
        self.reopens = 0
        self.newest = None  # the newest sixtieth that was written
        self.would_open = False
        self.begin_cycle()
        self.begin_probing()

    # -- state --

    def begin_cycle(self):
        self.calls = []  # (sixtieth, failed, timed out, duration)
        self.run = 0
        self.last_failure = None
        self.last_counted = None

    def begin_probing(self):
        self.leases, self.successes = [None] * 8, 0

    def enter(self, state, why):
        if (state == "closed") != (self.state == "closed"):
            self.flips.append((self.now, state == "closed"))
        self.events.append({"from": self.state, "to": state, "reason": why})
        self.moments.append(self.now)
        self.state = state
        self.generation += 1
        self.would_open = False
        self.begin_probing()
        if state == "closed":
            self.begin_cycle()
            self.reopens = 0

    def open(self, why):
        self.reopens = self.reopens + 1 if self.state == "half_open" else 0
        period = self.config["recovery_timeout"] * self.config["retry_multiplier"] ** self.reopens
        if self.config["max_open"]:
            period = min(period, self.config["max_open"])
        self.enter("open", why)
        self.retry_at = self.now + micro(period)

    # -- window --

    def sixtieth(self, time):
        return time // (micro(self.config["window_size"]) // 60)

    def window(self):
        end = self.sixtieth(self.now)
        if self.newest is not None:
            end = max(end, self.newest)
        return [call for call in self.calls if end - 60 < call[0] <= end]

    def add_call(self, failed, timed_out, duration):
        here = self.sixtieth(self.now)
        self.newest = here if self.newest is None else max(here, self.newest)
        if here > self.newest - 60:
            self.calls.append((here, failed, timed_out, duration))

    def tripped(self):
        config, calls = self.config, self.window()
        if config["min_failing_workers"] > 1:
            return False

        def reached(part):
            points = round(config["failure_rate_threshold"] * 10000)
            return part > 0 and len(calls) >= config["minimum_calls"] and part * 10000 >= points * len(calls)

        found = {
            "consecutive": self.run >= config["failure_threshold"] and "consecutive_failures",
            "failure_rate": reached(sum(call[1] for call in calls)) and "failure_rate",
            "timeout_rate": reached(sum(call[2] for call in calls)) and "timeout_rate",
        }
        if config["strategy"] != "combined":
            return found[config["strategy"]]
        return found["consecutive"] or found["failure_rate"] or found["timeout_rate"]

    # -- the two steps --

    def is_live(self, lease):
        """A lease that runs much longer than a lease can was given before the clock went back."""
        longest = 2 * (micro(self.config["timeout_threshold"]) + 1_000_000)
        return lease is not None and 0 < lease["deadline"] - self.now <= longest

    def in_flight(self):
        return sum(map(self.is_live, self.leases))

    def reject(self, reason, wait=None):
        self.lifetime["rejected"] += 1
        return Ticket(False, self.generation, reason=reason, retry_after=wait)

    def acquire(self):
        if self.state == "forced_open":
            return self.reject("forced_open")
        if self.state == "open":
            if self.now < self.retry_at:
                return self.reject("open", (self.retry_at - self.now) / 1e6)
            self.enter("half_open", "recovery_timeout")
        lease = None
        if self.state == "half_open":
            threshold = self.config["success_threshold"]
            in_flight = self.in_flight()
            if (in_flight >= (self.config["max_probes"] or min(threshold, 8))
                    or in_flight + self.successes >= threshold):
                return self.reject("half_open_full")
            lease = {"deadline": self.now + micro(self.config["timeout_threshold"]) + 1_000_000}
            free = next(place for place in range(8) if not self.is_live(self.leases[place]))
            self.leases[free] = lease
        self.lifetime["admitted"] += 1
        return Ticket(True, self.generation, lease)

    def record(self, ticket, outcome, duration):
        if not ticket.admitted:
            return False, False
        config = self.config
        failed = outcome in ("failure", "timeout")
        timed_out = outcome == "timeout" or failed and duration >= micro(config["timeout_threshold"])
        slow = (outcome == "success" and config["slow_success_counts"]
                and duration >= micro(config["slow_threshold"] or config["timeout_threshold"]))
        self.lifetime["failure" if failed else "success" if outcome == "success" else "ignored"] += 1
        self.lifetime["timeout"] += timed_out
        if ticket.generation != self.generation:
            self.lifetime["late"] += 1
            return False, True
        self.leases = [None if lease is ticket.lease else lease for lease in self.leases]
        if self.state == "disabled":
            return True, False
        if outcome == "success":
            self.succeed(slow, duration)
        elif failed:
            self.fail(timed_out, duration)
        return True, False

    def succeed(self, slow, duration):
        self.add_call(False, slow, duration)
        self.run = 0
        if self.state == "half_open":
            self.successes += 1
            if self.successes >= self.config["success_threshold"]:
                self.enter("closed", "probes_succeeded")

    def fail(self, timed_out, duration):
        lump = self.config["lump_ms"] * 1000
        if self.last_counted is not None and abs(self.now - self.last_counted) < lump:
            if self.state == "half_open":
                self.open("probe_failed")
            return
        self.add_call(True, timed_out, duration)
        self.run += 1
        self.last_failure = self.last_counted = self.now
        why = self.tripped()
        if self.state == "half_open":
            self.open("probe_failed")
        elif self.state == "closed" and why:
            self.open(why)
        elif self.state == "metrics_only":
            if why and not self.would_open:
                self.events.append({"from": "metrics_only", "to": "metrics_only", "reason": "would_have_opened"})
            self.would_open = bool(why)

    # -- orders --

    def order(self, step):
        what = step["do"]
        if what == "reset":
            self.enter("closed", "reset")
        elif what == "enable":
            if self.state in OVERRIDES:
                self.enter("closed", "enable")
        elif what == "open_for":
            if self.state not in OVERRIDES:
                self.enter("open", "open_for")
                self.retry_at = self.now + micro(step["seconds"])
        else:
            self.enter({"force_open": "forced_open", "disable": "disabled"}.get(what, what), what)

    # -- answers --

    def uptime(self):
        begin = self.now - micro(self.config["window_size"])
        spans, closed, since = 0, True, begin
        for time, is_closed in self.flips:
            time = max(begin, time)
            if closed:
                spans += max(0, time - since)
            closed, since = is_closed, time
        if closed:
            spans += self.now - since
        return 100 * spans / micro(self.config["window_size"])

    def is_blurred(self):
        """How long it was closed is not known: more changes than are kept lie within the window, or the clock
        went back."""
        return self.went_back or len(self.moments) > 64 and self.moments[-65] > self.now - micro(self.config["window_size"])

    def look(self):
        calls = self.window()
        total, failed = len(calls), sum(call[1] for call in calls)
        events, self.events = self.events, []
        return {
            "state": self.state, "generation": self.generation,
            "retry_due": self.state == "open" and self.now >= self.retry_at,
            "time_until_retry": max(0, self.retry_at - self.now) / 1e6 if self.state == "open" else None,
            "consecutive_failures": self.run,
            "probes_in_flight": self.in_flight() if self.state == "half_open" else 0,
            "events": events,
            "window": {
                "total_calls": total,
                "success_rate": (total - failed) / total if total else 1,
                "failure_rate": failed / total if total else 0,
                "timeout_rate": sum(call[2] for call in calls) / total if total else 0,
                "avg_response_time": sum(call[3] for call in calls) / 1e6 / total if total else 0,
                "last_failure_time": self.last_failure / 1e6 if failed else None,
                "uptime_percentage": self.uptime(),
            },
            "lifetime": dict(self.lifetime),
        }

    def step(self, step):
        what, answer = step["do"], {}
        before, self.now = self.now, micro(step["at"]) if "at" in step else self.now
        self.went_back |= self.now < before
        if what in ("acquire", "call"):
            for _ in range(step.get("times", 1)):
                ticket = self.acquire()
                if what == "call":
                    result = self.record(ticket, step["outcome"], micro(step.get("duration", 0)))
            answer["admitted"] = ticket.admitted
            if not ticket.admitted:
                answer["reason"], answer["retry_after"] = ticket.reason, ticket.retry_after
            self.tickets[step.get("as")] = ticket
        elif what == "record":
            ticket = self.tickets.pop(step["as"])
            result = self.record(ticket, step["outcome"], micro(step.get("duration", 0)))
        elif what != "snapshot":
            self.order(step)
        if what in ("call", "record"):
            answer["applied"] = result[0]
            if not result[0]:
                answer["late"] = result[1]
        return {**answer, **self.look()}
