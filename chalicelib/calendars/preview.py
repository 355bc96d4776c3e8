"""The deadline calculator that anyone may use: a limit, what interrupts it, and the reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.errors import FieldError, InvalidInput
from chalicelib.core.explanation import DayLine, explain_span
from chalicelib.core.limits import Limit, Unit
from chalicelib.core.reckoning import Pause, Span, merge, phases

EARLIEST, LATEST = date(2000, 1, 1), date(2090, 12, 31)
LONGEST = {Unit.WORKING_DAY: 750, Unit.CALENDAR_DAY: 1100, Unit.MONTH: 36}
"""About three years in each unit; no limit in the catalogue comes near."""
MOST_SUSPENSIONS = 50
LONGEST_PAUSED_DAYS = 1100


@dataclass(frozen=True, slots=True)
class Preview:
    """The last day of a limit, whether it rests on an unpublished notice, and its days."""

    due_on: date
    provisional: bool
    days: Sequence[DayLine]


def preview(
    calendar: WorkingCalendar,
    start: date,
    limit: Limit,
    suspensions: Sequence[tuple[date, date]] = (),
    extension: Limit | None = None,
) -> Preview:
    """Count a limit off from the day after `start`; each suspension excludes (from, to].

    Overlapping suspensions merge. Raises InvalidInput, pointing at every field at fault: dates
    outside 2000 to 2090, limits above three years, a suspension that ends before it starts,
    suspensions of more than three years together.
    """
    errors = [*_date_errors("/start", start), *_limit_errors("/limit", limit)]
    if extension is not None:
        errors += _limit_errors("/extension", extension)
    if len(suspensions) > MOST_SUSPENSIONS:
        errors.append(FieldError("/suspensions", f"最多 {MOST_SUSPENSIONS} 项"))
    for at, (begin, end) in enumerate(suspensions[:MOST_SUSPENSIONS]):
        errors += _date_errors(f"/suspensions/{at}/from", begin)
        errors += _date_errors(f"/suspensions/{at}/to", end)
        if end < begin:
            errors.append(FieldError(f"/suspensions/{at}/to", "结束日期不能早于开始日期"))
    if errors:
        raise InvalidInput("填写内容有误", errors)
    pauses = merge(Pause(begin, end) for begin, end in suspensions)
    if sum((pause.until - pause.after).days for pause in pauses if pause.until) > (
        LONGEST_PAUSED_DAYS
    ):
        raise InvalidInput.at("/suspensions", f"中止期间合计不能超过 {LONGEST_PAUSED_DAYS} 天")
    span = Span(start, phases(limit, extension), pauses)
    due_on = span.last_day(calendar)
    if due_on is None:
        raise AssertionError("every suspension of a preview has an end")
    return Preview(due_on, span.is_provisional(due_on, calendar), explain_span(span, calendar))


def _date_errors(pointer: str, day: date) -> list[FieldError]:
    if EARLIEST <= day <= LATEST:
        return []
    return [FieldError(pointer, f"日期应在 {EARLIEST} 到 {LATEST} 之间")]


def _limit_errors(pointer: str, limit: Limit) -> list[FieldError]:
    longest = LONGEST[limit.unit]
    if limit.value <= longest:
        return []
    return [FieldError(f"{pointer}/value", f"不能超过 {longest}{limit.unit.text}")]
