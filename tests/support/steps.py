"""The road of a case, walked by the people whose turn it is."""

from __future__ import annotations

from chalicelib.cases import store
from tests.support.applications import STATION
from tests.support.engine import Engine

OPINION = {"opinion": "材料齐全,符合条件", "recommendation": "grant"}


class Road:
    """Walks a case of the department `body` from where it is, waiting for the machines between."""

    def __init__(self, engine: Engine, no: str, body: str = "ga") -> None:
        self.engine, self.no, self.body = engine, no, body

    def post(self, who: str, path: str, body: dict[str, object]) -> None:
        answer = self.engine.client(who).post(f"/v1/cases/{self.no}/{path}", body)
        assert answer.status == 200, answer.text

    def caught_up(self) -> Road:
        """Wait until the running execution has seen the head."""

        def seen() -> bool:
            head, flow = store.read_head(self.no), store.read_flow(self.no)
            return head is not None and flow.seen == head.case.version

        self.engine.settle(seen)
        return self

    def to_review(self) -> Road:
        self.caught_up()
        self.post(f"{self.body}.acceptor", "acceptance", {})
        return self.caught_up()

    def to_sign_off(self) -> Road:
        self.to_review()
        self.post(f"{self.body}.reviewer", "review", OPINION)
        return self.caught_up()

    def to_delivery(self) -> Road:
        self.to_sign_off()
        self.post(f"{self.body}.chief", "sign-off", {"decision": "grant"})
        return self.caught_up()

    def to_closure(self, clerk: str = STATION) -> Road:
        self.to_delivery()
        self.post(clerk, "delivery", {"received_by": "applicant"})
        self.engine.settle()
        return self
