#!/usr/bin/env python3
"""Holds src/time beside Python's zoneinfo, and schedules beside a walk over every minute.

Usage: beside_zoneinfo.py ASK [SEED]
Random moments, and those around every change of clocks of random zones.
"""
import datetime
import random
import subprocess
import sys
import zoneinfo

UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)
EVENTFUL = [
    "America/New_York", "Europe/Berlin", "Europe/Dublin", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
    "Asia/Gaza", "America/Nuuk", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Chatham", "Africa/Cairo",
    "Antarctica/Troll", "Asia/Tehran", "America/St_Johns", "Pacific/Kwajalein", "Etc/GMT+5", "UTC",
]
SCHEDULES = [
    "0 2 * * *", "30 2 * * *", "*/15 * * * *", "0 0 * * *", "30 1 * * *", "59 23 31 12 *", "0 2 * * 6", "0 2 1 * 1",
    "0 12 13 * fri", "5-10/5,40 1-3 * mar,nov sun", "0 3 */2 * 1", "* * * * *", "0 0 29 2 *", "15 0,12 * * mon-fri",
]


def at(seconds):
    return EPOCH + datetime.timedelta(seconds=seconds)


def local(zone, seconds):
    return at(seconds).astimezone(zone)


def changes(zone, first, last):
    """The moments at which the offset changes, found by halving each week."""
    found, step = [], 7 * 86400
    for begin in range(first, last, step):
        low, high = begin, begin + step
        if local(zone, low).utcoffset() == local(zone, high).utcoffset():
            continue
        while high - low > 1:
            middle = (low + high) // 2
            if local(zone, middle).utcoffset() == local(zone, low).utcoffset():
                low = middle
            else:
                high = middle
        found.append(high)
    return found


def label(naive):
    return int((naive.replace(tzinfo=UTC) - EPOCH).total_seconds())


def local_questions(draw, names):
    for name in names:
        zone = zoneinfo.ZoneInfo(name)
        moments = [draw.randrange(-3 * 10**9, 6 * 10**9) for _ in range(40)]
        for change in draw.sample(changes(zone, 0, 2 * 10**9), k=5) if len(changes(zone, 0, 2 * 10**9)) >= 5 else []:
            moments += [change - 1, change, change + 1, change + draw.randrange(-90000, 90000)]
        year = draw.randrange(2040, 2400)
        far = label(datetime.datetime(year, 1, 1))
        for change in changes(zone, far, far + 366 * 86400):
            moments += [change - 1, change]
        for seconds in moments:
            there = local(zone, seconds)
            expected = [there.year, there.month, there.day, there.hour, there.minute, there.second,
                        there.isoweekday() % 7, int(there.utcoffset().total_seconds())]
            yield f"local {name} {seconds}", " ".join(map(str, expected))
            yield moment_question(draw, name, zone, there)


def first_moment(zone, wanted):
    """The first second whose local time is not before `wanted`, by halving between two changes."""
    middle = label(wanted)
    offsets = sorted({local(zone, middle + hour * 1800).utcoffset() for hour in range(-60, 61)}, reverse=True)
    for offset in offsets:
        seconds = middle - int(offset.total_seconds())
        if local(zone, seconds).replace(tzinfo=None) == wanted:
            return seconds
    return next(change for change in changes(zone, middle - 30 * 3600, middle + 30 * 3600)
                if local(zone, change - 1).replace(tzinfo=None) < wanted < local(zone, change).replace(tzinfo=None))


def moment_question(draw, name, zone, there):
    wanted = (there + datetime.timedelta(seconds=draw.choice([0, 0, 1, -1, 1800, 3600, -3600]))).replace(
        tzinfo=None, microsecond=0, fold=0)
    text = f"moment {name} {wanted.year} {wanted.month} {wanted.day} {wanted.hour} {wanted.minute} {wanted.second}"
    return text, str(first_moment(zone, wanted))


# --- schedules: every minute in turn ---

def values(text, low, high, names=()):
    out = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        first, _, last = span.partition("-")
        if span == "*":
            first, last = low, high
        number = {name: low + i for i, name in enumerate(names)}
        first = number.get(first, first)
        last = number.get(last, last or first)
        out |= set(range(int(first), int(last) + 1, int(step or 1)))
    return out


class Schedule:
    def __init__(self, text):
        minute, hour, day, month, weekday = text.split()
        self.minutes, self.hours = values(minute, 0, 59), values(hour, 0, 23)
        self.days = values(day, 1, 31)
        self.months = values(month, 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec".split())
        self.weekdays = {value % 7 for value in values(weekday, 0, 6, "sun mon tue wed thu fri sat".split())}
        self.either = not day.startswith("*") and not weekday.startswith("*")

    def matches(self, naive):
        if naive.minute not in self.minutes or naive.hour not in self.hours or naive.month not in self.months:
            return False
        day, weekday = naive.day in self.days, naive.isoweekday() % 7 in self.weekdays
        return day or weekday if self.either else day and weekday


def walk(zone, schedule, first, last):
    """Moments at which the schedule is due: the first time that a local minute, or one behind it, is reached."""
    due = []
    reached = local(zone, first - 60 * 60 * 52).replace(tzinfo=None, second=0)
    for seconds in range(first - 60 * 60 * 52, last, 60):
        here = local(zone, seconds).replace(tzinfo=None, second=0, fold=0)
        hit = False
        while reached < here:
            reached += datetime.timedelta(minutes=1)
            hit = hit or schedule.matches(reached)
        if hit and seconds >= first:
            due.append(seconds)
    return due


def cron_questions(draw, names):
    for name in names:
        zone = zoneinfo.ZoneInfo(name)
        around = changes(zone, 8 * 10**8, 2 * 10**9) or [10**9]
        middle = draw.choice(around) // 60 * 60
        first, last = middle - 3 * 86400, middle + 3 * 86400
        for text in draw.sample(SCHEDULES, k=5):
            due = walk(zone, Schedule(text), first, last)
            probes = [draw.randrange(first, last) for _ in range(12)] + [moment + d for moment in due[:6] for d in (-1, 0, 1)]
            probes += [middle + draw.randrange(-7200, 7200) for _ in range(12)] + [middle - 1, middle, middle + 1]
            for seconds in probes:
                later = [moment for moment in due if moment > seconds]
                earlier = [moment for moment in due if moment <= seconds]
                if later:
                    yield f"next {name} {seconds} {text}", str(later[0])
                if earlier:
                    yield f"previous {name} {seconds} {text}", str(earlier[-1])


def main():
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    draw = random.Random(seed)
    every = sorted(name for name in zoneinfo.available_timezones() if name not in ("localtime", "posixrules"))
    questions = list(local_questions(draw, EVENTFUL + draw.sample(every, k=12)))
    questions += cron_questions(draw, EVENTFUL + draw.sample(every, k=4))
    asked = subprocess.run([sys.argv[1]], input="".join(q + "\n" for q, _ in questions), text=True,
                           stdout=subprocess.PIPE, check=True)
    answers = asked.stdout.splitlines()
    assert len(answers) == len(questions), (len(answers), len(questions))
    wrong = [(q, expected, got) for (q, expected), got in zip(questions, answers) if expected != got]
    for question, expected, got in wrong[:20]:
        print(f"{question}\n  expected {expected}\n  but got  {got}")
    print(f"{len(questions)} questions, {len(wrong)} wrong answers (seed {seed})")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
