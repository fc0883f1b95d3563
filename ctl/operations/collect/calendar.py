"""When something runs regularly: what an administrator writes, as cron and as systemd understand it."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from msgspec import Struct

from ctl.regex import compile_late

_DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
_TIME = compile_late(r"([0-9]{1,2}):([0-9]{2})")
_PART = compile_late(r"(\*|[0-9]{1,2}(?:-[0-9]{1,2})?)(?:/([0-9]{1,2}))?")
# Lowest and highest value of cron's fields; Sunday is 0, and 7 as well.
_FIELDS = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day of the month", 1, 31),
    ("month", 1, 12),
    ("day of the week", 0, 7),
)
# The 29th of February is at most eight years away.
_FAR_DAYS = 8 * 366
FORM = "write a day and a time, 'Sun 04:05', a time alone, '04:05', or cron's five fields, '5 4 * * 0'"


class CalendarError(ValueError):
    """A text says no time; the message says why, lower case."""


class Calendar(Struct, frozen=True):
    """When something runs.

    Args:
        fields: the values of minute, hour, day of the month, month and day of the week (0 is Sunday),
            ascending; None for every one.
    """

    fields: tuple[tuple[int, ...] | None, ...]

    @property
    def cron(self) -> str:
        """The five fields of crontab(5)."""
        return " ".join("*" if field is None else ",".join(map(str, field)) for field in self.fields)

    @property
    def systemd(self) -> str:
        """The same for OnCalendar= of systemd.time(7)."""
        minute, hour, day, month = (
            "*" if field is None else ",".join(f"{value:02}" for value in field) for field in self.fields[:4]
        )
        days = self.fields[4]
        names = "" if days is None else ",".join(_DAYS[value] for value in days) + " "
        return f"{names}*-{month}-{day} {hour}:{minute}:00"

    def following(self, now: datetime) -> datetime | None:
        """Return the next moment behind another, to the minute; None when there is none within eight years.

        Args:
            now: in the time zone in which it runs, without a zone.
        """
        minutes, hours, days, months, weekdays = self.fields
        for number in range(_FAR_DAYS):
            day = datetime.combine(now.date() + timedelta(number), time())
            # Python counts the days of the week from Monday.
            fits = ((day.day, days), (day.month, months), ((day.weekday() + 1) % 7, weekdays))
            if any(wanted is not None and value not in wanted for value, wanted in fits):
                continue
            for hour in range(24) if hours is None else hours:
                for minute in range(60) if minutes is None else minutes:
                    moment = day.replace(hour=hour, minute=minute)
                    if moment > now:
                        return moment
        return None


def parse(text: str) -> Calendar:
    """Read a time as an administrator writes it: see `FORM`.

    Days are Mon to Sun, apart by commas, or a range of them such as Mon-Fri.

    Raises:
        CalendarError: it is none.
    """
    words = text.split()
    if len(words) == 5:
        return _cron(words)
    if len(words) in (1, 2):
        match = _TIME.fullmatch(words[-1])
        if match:
            hour, minute = int(match[1]), int(match[2])
            if hour > 23 or minute > 59:
                raise CalendarError(f"{words[-1]} is no time of the day")
            days = _days(words[0]) if len(words) == 2 else None
            return Calendar(((minute,), (hour,), None, None, days))
    raise CalendarError(f"this is no time: {text!r}; {FORM}")


def _days(text: str) -> tuple[int, ...] | None:
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        start, end = _day(first), _day(last if dash else first)
        days.update((start + number) % 7 for number in range((end - start) % 7 + 1))
    return None if len(days) == 7 else tuple(sorted(days))


def _day(text: str) -> int:
    for number, name in enumerate(_DAYS):
        if text[:3].capitalize() == name and _FULL[number].startswith(text.lower()):
            return number
    raise CalendarError(f"{text!r} is no day; days are {', '.join(_DAYS)}")


_FULL = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")


def _cron(words: list[str]) -> Calendar:
    fields = tuple(_field(word, *about) for word, about in zip(words, _FIELDS, strict=True))
    if fields[2] is not None and fields[4] is not None:
        raise CalendarError(
            "cron runs on either when a day of the month and one of the week are given; give only one"
        )
    return Calendar(fields)


def _field(text: str, name: str, lowest: int, highest: int) -> tuple[int, ...] | None:
    allowed: set[int] = set()
    for part in text.split(","):
        match = _PART.fullmatch(part)
        if not match:
            raise CalendarError(f"{part!r} is no {name}")
        first, _, last = match[1].partition("-")
        start = lowest if first == "*" else int(first)
        end = highest if first == "*" else int(last or (highest if match[2] else first))
        step = int(match[2] or 1)
        if not lowest <= start <= end <= highest or step == 0:
            raise CalendarError(f"{part!r} is no {name}: {lowest} to {highest} is expected")
        allowed.update(range(start, end + 1, step))
    if name == "day of the week":
        allowed = {value % 7 for value in allowed}
        highest = 6
    return None if len(allowed) == highest - lowest + 1 else tuple(sorted(allowed))
