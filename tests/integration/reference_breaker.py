"""The single-process breaker of the reference, restated from the words of our documentation.

With no `ways` it behaves as the reference does; each way is one of the differences that ours has on
purpose, and with all of them it must behave as ours does. It does the reference's work too, so that
benchmarks may stand beside it: a lock around the state and another around the list of calls, the
time read by both, and every figure counted anew from the list, one after the other.
"""
import collections
import enum
import threading
import time



class State(enum.Enum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


CLOSED, OPEN, HALF_OPEN = State

OWN_TIMEOUT = "own_timeout"      # the timeout rate asks timeout_threshold, not ten seconds
FROM_OPENING = "from_opening"    # the open period runs from the opening, not the last failure
CLOSES_EMPTY = "closes_empty"    # closing and reset empty the window
FEW_PROBES = "few_probes"        # in half-open no more than can close it
ZERO_IS_ZERO = "zero_is_zero"    # a retry time of 0 is not "none"
ALL = frozenset((OWN_TIMEOUT, FROM_OPENING, CLOSES_EMPTY, FEW_PROBES, ZERO_IS_ZERO))

MINIMUM_CALLS = 5
CHANGES_WINDOWS = 10  # changes of state are kept so many windows long


class Rejected(Exception):
    pass


class CallLog:
    """The calls and changes of state of the window."""

    def __init__(self, window_size, timeout, clock):
        self.window_size, self.timeout, self.clock = window_size, timeout, clock
        self.calls = collections.deque()    # (time, is it a success, duration)
        self.changes = collections.deque()  # (time, state entered)
        self.lock = threading.RLock()

    def call(self, is_success, duration):
        with self.lock:
            now = self.clock()
            self.calls.append((now, is_success, duration))
            self._forget(now)

    def change(self, state):
        with self.lock:
            now = self.clock()
            self.changes.append((now, state))
            self._forget(now)

    def empty(self):
        with self.lock:
            self.calls.clear()

    def rates(self):
        with self.lock:
            self._forget(self.clock())
            total = len(self.calls)
            if not total:
                return {"total_calls": 0, "success_rate": 1.0, "failure_rate": 0.0,
                        "timeout_rate": 0.0, "avg_response_time": 0.0}
            succeeded = sum(1 for _, is_success, _ in self.calls if is_success)
            durations = [duration for _, _, duration in self.calls]
            timeouts = sum(1 for _, is_success, duration in self.calls
                           if not is_success and duration >= self.timeout)
            return {"total_calls": total, "success_rate": succeeded / total,
                    "failure_rate": (total - succeeded) / total, "timeout_rate": timeouts / total,
                    "avg_response_time": sum(durations) / total,
                    "least": min(durations), "most": max(durations)}

    def last_failure(self):
        with self.lock:
            return next((at for at, is_success, _ in reversed(self.calls) if not is_success), None)

    def uptime(self):
        with self.lock:
            if not self.changes:
                return 100.0
            now = self.clock()
            begin = last = now - self.window_size
            state, up = CLOSED, 0.0
            for at, entered in self.changes:
                if at >= begin:
                    up += at - last if state == CLOSED else 0
                    last = at
                state = entered
            up += now - last if state == CLOSED else 0
            return up / self.window_size * 100

    def _forget(self, now):
        begin = now - self.window_size
        while self.calls and self.calls[0][0] < begin:
            self.calls.popleft()
        begin = now - CHANGES_WINDOWS * self.window_size
        while self.changes and self.changes[0][0] < begin:
            self.changes.popleft()


class ReferenceBreaker:
    def __init__(self, failure_threshold=5, failure_rate_threshold=0.5, timeout_threshold=10.0,
                 recovery_timeout=60, success_threshold=3, window_size=60, strategy="combined",
                 clock=time.time, ways=()):
        self.failure_threshold = failure_threshold
        self.failure_rate_threshold = failure_rate_threshold
        self.recovery_timeout = recovery_timeout
        self.success_threshold = success_threshold
        self.strategy = strategy
        self.clock, self.ways = clock, frozenset(ways)
        self.state = CLOSED
        self.consecutive = self.successes = self.probes = 0
        self.last_failure = self.opened = None
        self.log = CallLog(window_size, timeout_threshold if OWN_TIMEOUT in ways else 10.0, clock)
        self.lock = threading.RLock()

    # --- a call ---

    def acquire(self):
        """True: the call may go out."""
        with self.lock:
            if self.state == OPEN:
                since = self._period_from()
                if since is not None and self.clock() - since < self.recovery_timeout:
                    return False
                self._move(HALF_OPEN)
                self.successes = self.probes = 0
            if self.state == HALF_OPEN:
                if FEW_PROBES in self.ways and \
                        self.probes + self.successes >= self.success_threshold:
                    return False
                self.probes += 1
            return True

    def record(self, is_success, duration):
        with self.lock:
            self.log.call(is_success, duration)
            if self.state == HALF_OPEN and self.probes > 0:
                self.probes -= 1
            if is_success:
                self._succeeded()
            else:
                self._failed()

    def call(self, function, *arguments, **named):
        if not self.acquire():
            raise Rejected({"state": self.state.value, "retry": self.retry()})
        begun = self.clock()
        try:
            result = function(*arguments, **named)
        except Exception:
            self.record(False, self.clock() - begun)
            raise
        self.record(True, self.clock() - begun)
        return result

    def reset(self):
        with self.lock:
            self._move(CLOSED)
            self.consecutive = self.successes = self.probes = 0
            self.last_failure = None
            self._empty()

    # --- looking ---

    def retry(self):
        since = self._period_from()
        if self.state != OPEN or since is None:
            return None
        left = max(0, self.recovery_timeout - (self.clock() - since))
        return left if left or ZERO_IS_ZERO in self.ways else None

    def stats(self):
        return {**self.log.rates(), "last_failure_time": self.log.last_failure(),
                "uptime_percentage": self.log.uptime()}

    # --- inside ---

    def _period_from(self):
        return self.opened if FROM_OPENING in self.ways else self.last_failure

    def _move(self, state):
        if self.state == state:
            return
        self.state = state
        self.log.change(state)
        if state == OPEN:
            self.opened = self.clock()

    def _empty(self):
        if CLOSES_EMPTY in self.ways:
            self.log.empty()

    def _succeeded(self):
        self.consecutive = 0
        if self.state == HALF_OPEN:
            self.successes += 1
            if self.successes >= self.success_threshold:
                self._move(CLOSED)
                self.successes = 0
                self._empty()

    def _failed(self):
        self.consecutive += 1
        self.last_failure = self.clock()
        if self.state == HALF_OPEN:
            self._move(OPEN)
            self.successes = 0
        elif self.state == CLOSED and self._should_open():
            self._move(OPEN)

    def _should_open(self):
        rates = self.log.rates()
        enough = rates["total_calls"] >= MINIMUM_CALLS
        reached = {
            "consecutive": self.consecutive >= self.failure_threshold,
            "failure_rate": enough and rates["failure_rate"] >= self.failure_rate_threshold,
            "timeout_rate": enough and rates["timeout_rate"] >= self.failure_rate_threshold,
        }
        return any(reached.values()) if self.strategy == "combined" else reached[self.strategy]
