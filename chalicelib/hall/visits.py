"""Visits 来访: a queue number, a window session with one client, and how it ended; pure.

waiting → called → serving → ended, and aside: absent (called and not there), refused (turned away),
lapsed (the day was over and nothing on record says how it ended).
首问负责: the first clerk who called a visitor answers for the visit until it has an answer or a case,
or until he has handed it over to a colleague by name. 一次一评: one rating a visit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, OutOfTurn
from chalicelib.core.time import SHANGHAI, from_text, to_text
from chalicelib.network.hours import Span

ARRIVED: Final = "visit.arrived"
CALLED: Final = "visit.called"
SERVED: Final = "visit.served"
HANDED_OVER: Final = "visit.handed_over"
ENDED: Final = "visit.ended"
ABSENT: Final = "visit.absent"
LAPSED: Final = "visit.lapsed"
REFUSED: Final = "visit.refused"
RATED: Final = "visit.rated"
OBJECTED: Final = "visit.objected"

SUBJECT: Final = "VISIT#"
"""How the subject of a visit's events begins; the visit's id follows."""

RATED_WITHIN: Final = timedelta(days=30)
"""How long after its end a visit can be rated or objected to."""


class State(StrEnum):
    WAITING = "waiting"
    CALLED = "called"
    SERVING = "serving"
    ENDED = "ended"
    ABSENT = "absent"
    LAPSED = "lapsed"
    REFUSED = "refused"


STATE_NAMES: Final[Mapping[State, str]] = {
    State.WAITING: "等候中",
    State.CALLED: "已叫号",
    State.SERVING: "办理中",
    State.ENDED: "已结束",
    State.ABSENT: "过号",
    State.LAPSED: "当日未办",
    State.REFUSED: "被拒绝接待",
}
OVER: Final = frozenset({State.ENDED, State.ABSENT, State.LAPSED, State.REFUSED})


class Regime(StrEnum):
    """In which of the service regimes a visitor came (clause 12)."""

    REGULAR = "regular"
    NOON = "noon"
    EXTENDED = "extended"
    REST_DAY = "rest_day"


REGIME_NAMES: Final[Mapping[Regime, str]] = {
    Regime.REGULAR: "正常时段",
    Regime.NOON: "午间不间断",
    Regime.EXTENDED: "延时服务",
    Regime.REST_DAY: "365办理",
}


def regime_at(instant: datetime, working: bool, office: Sequence[Span]) -> Regime:
    """The regime at an instant, judged by the district's regular `office` hours."""
    if not working:
        return Regime.REST_DAY
    at = instant.astimezone(SHANGHAI).time()
    if any(at in span for span in office):
        return Regime.REGULAR
    if any(before.closes <= at < after.opens for before, after in pairwise(office)):
        return Regime.NOON
    return Regime.EXTENDED


def rank(arrived: datetime, booked: tuple[datetime, datetime] | None, lead: timedelta) -> datetime:
    """By what instant a visitor is called: walk-ins by their arrival.

    Who has an appointment (its start and the end of its grace) counts as come `lead` before it
    starts, whenever he comes in time; too late, as a walk-in. It never depends on how many booked.
    """
    if booked is None or arrived > booked[1]:
        return arrived
    return booked[0] - lead


@dataclass(frozen=True, slots=True)
class Visit:
    """The head of a visit.

    `person` is a holder hash, `account:<account>`, or None for a walk-in who gave no name. `rank`
    orders the queue. `first_asked` is the clerk who called first, `server` who answers for it now;
    `named` is the colleague whom it waits for after a handing over.
    """

    id: str
    version: int
    state: State
    point: str
    day: date
    number: int
    person: str | None
    arrived_at: datetime
    rank: datetime
    regime: Regime
    booking: str | None = None
    item_code: str | None = None
    window: str | None = None
    first_asked: str | None = None
    server: str | None = None
    named: str | None = None
    case_no: str | None = None
    consultation: str | None = None
    answered: bool = False
    ended_at: datetime | None = None
    grade: int | None = None
    objected: bool = False

    @property
    def over(self) -> bool:
        return self.state in OVER

    @property
    def has_outcome(self) -> bool:
        """Something on record shows what the visitor was given (首问负责)."""
        return bool(self.case_no or self.consultation or self.answered)

    @property
    def day_over_at(self) -> datetime:
        """The midnight after its day: a number holds for the day on which it was drawn."""
        return datetime.combine(self.day + timedelta(days=1), time.min, SHANGHAI)

    # --- at the window -----------------------------------------------------------------------

    def call(self, account: str, window: str) -> Visit:
        """The clerk calls the number to his window. Raises OutOfTurn, Forbidden."""
        self._at(State.WAITING)
        if self.named not in (None, account):
            raise Forbidden("这位来访人已转交给指定的同事接待。")
        return self._next(
            state=State.CALLED,
            window=window,
            server=account,
            named=None,
            first_asked=self.first_asked or account,
        )

    def serve(
        self, account: str, *, case_no: str | None, consultation: str | None, answered: bool
    ) -> Visit:
        """The visitor is there; a case, a consultation or an answer given is noted as it comes."""
        self._served_by(account)
        return self._next(
            state=State.SERVING,
            case_no=case_no or self.case_no,
            consultation=consultation or self.consultation,
            answered=self.answered or answered,
        )

    def hand_over(self, account: str, to: str) -> Visit:
        """Give the visitor to a colleague by name; it waits for him alone, at the head."""
        self._served_by(account)
        if to == account:
            raise InvalidInput.at("/to", "请选择要转交的同事。")
        return self._next(state=State.WAITING, window=None, server=None, named=to)

    def end(self, account: str, at: datetime) -> Visit:
        """Over, with something to show for it. Raises OutOfTurn otherwise."""
        self._at(State.SERVING)
        self._served_by(account)
        if not self.has_outcome:
            raise OutOfTurn(
                "首问负责:请先登记办件、咨询或答复内容,或者转交给指定的同事,再结束接待。"
            )
        return self._next(state=State.ENDED, ended_at=at)

    def miss(self, account: str, at: datetime) -> Visit:
        """Called and not there."""
        self._at(State.CALLED)
        self._served_by(account)
        return self._next(state=State.ABSENT, ended_at=at)

    def refuse(self, at: datetime) -> Visit:
        """Turned away. Raises OutOfTurn for a visit that is over."""
        if self.over:
            raise OutOfTurn("这次来访已经结束。")
        return self._next(state=State.REFUSED, ended_at=at)

    def pass_day(self, at: datetime) -> Visit:
        """Its day is over: who was attended to has been served, every other visit has lapsed.

        Raises OutOfTurn before that midnight, and for a visit that is over.
        """
        self._at(State.WAITING, State.CALLED, State.SERVING)
        if at < self.day_over_at:
            raise OutOfTurn("当天还没有结束。")
        served = self.state is State.SERVING and self.has_outcome
        return self._next(state=State.ENDED if served else State.LAPSED, ended_at=at)

    # --- what the visitor says of it ---------------------------------------------------------

    def rate(self, grade: int, at: datetime) -> Visit:
        """One rating a visit, on the five national grades (GB/T 39046: 1 best … 5 worst)."""
        if self.state is not State.ENDED:
            raise OutOfTurn("接待结束后才能评价。")
        if self.grade is not None:
            raise Conflict("这次来访已经评价过,一次一评。")
        self._in_time(at)
        if grade not in range(1, 6):
            raise InvalidInput.at("/grade", "评价只能是 1(非常满意)到 5(非常不满意)。")
        return self._next(grade=grade)

    def object(self, at: datetime) -> Visit:
        """The visitor objects to how he was received. Once a visit."""
        if not self.over:
            raise OutOfTurn("接待结束后才能提出异议。")
        if self.objected:
            raise Conflict("这次来访已经提出过异议,正在处理。")
        self._in_time(at)
        return self._next(objected=True)

    # --- inside ------------------------------------------------------------------------------

    def _at(self, *states: State) -> None:
        if self.state not in states:
            raise OutOfTurn(f"来访{STATE_NAMES[self.state]},现在不能这样办理。")

    def _served_by(self, account: str) -> None:
        self._at(State.CALLED, State.SERVING)
        if self.server != account:
            raise Forbidden("这位来访人正由其他窗口接待。")

    def _in_time(self, at: datetime) -> None:
        if self.ended_at is None or at > self.ended_at + RATED_WITHIN:
            raise OutOfTurn(f"结束超过 {RATED_WITHIN.days} 天,不能再评价或提出异议。")

    def _next(self, **changes: Any) -> Visit:
        return replace(self, version=self.version + 1, **changes)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "state": self.state.value,
            "point": self.point,
            "day": self.day.isoformat(),
            "number": self.number,
            "person": self.person,
            "arrived_at": to_text(self.arrived_at),
            "rank": to_text(self.rank),
            "regime": self.regime.value,
            "booking": self.booking,
            "item_code": self.item_code,
            "window": self.window,
            "first_asked": self.first_asked,
            "server": self.server,
            "named": self.named,
            "case_no": self.case_no,
            "consultation": self.consultation,
            "answered": self.answered,
            "ended_at": to_text(self.ended_at) if self.ended_at else None,
            "grade": self.grade,
            "objected": self.objected,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Visit:
        return cls(
            **{
                **raw,
                "version": int(raw["version"]),
                "number": int(raw["number"]),
                "state": State(raw["state"]),
                "regime": Regime(raw["regime"]),
                "day": date.fromisoformat(raw["day"]),
                "arrived_at": from_text(raw["arrived_at"]),
                "rank": from_text(raw["rank"]),
                "ended_at": from_text(raw["ended_at"]) if raw["ended_at"] else None,
                "grade": None if raw["grade"] is None else int(raw["grade"]),
            }
        )
