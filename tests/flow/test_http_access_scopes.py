"""Every route about a case × everybody, in scope and out of it, against the access table.

The facts of the cases are written down here as the world was made, not read back from the service:
where the service told the table something else, a cell would differ. Commands name a version that no
case has, so that whoever may act is told that (412) and nothing changes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from typer.testing import CliRunner

from chalicelib.cases import archive, store
from chalicelib.core.access import Resource, allows
from chalicelib.core.principal import Principal
from chalicelib.http.openapi import Operation, operations
from cli.main import app as cli
from tests.support.applications import (
    CITIZEN,
    STATION,
    application,
    document_for,
    item_named,
    person,
)
from tests.support.engine import ACCOUNTS, Engine, principal_of
from tests.support.steps import Road

PEOPLE = (
    "citizen.zhang",
    "citizen.li",
    STATION,
    "station.shiqiao",
    "window.centre",
    "window.police",
    "window.chunhe",
    "ga.acceptor",
    "ga.reviewer",
    "ga.chief",
    "ga.deputy",
    "rs.acceptor",
    "rs.reviewer",
    "rs.chief",
    "wj.acceptor",
    "wj.chief",
    "ga.editor",
    "ga.system",
    "fz.owner",
    "supervisor",
    "office",
)
COMPREHENSIVE = {"centre", "police", "estate"}
STATION_POINT = ACCOUNTS[STATION]["point"]
WORDS = {"reason": "写明理由"}


def body_for(path: str, account: str) -> Any:
    """A body that the route takes, so that nothing but the role and the scope can refuse."""
    last = path.rpartition("/")[2]
    return {
        "acceptance": {},
        "correction-notice": {"missing": [{"text": "请补充照片"}]},
        "rejection": {"kind": "not_required", "reason": "无需办理"},
        "supplements": {
            "materials": [{"material_id": "m1", "document": document_for(account, "补正")}]
        },
        "review": {"opinion": "符合条件", "recommendation": "grant"},
        "special-procedures": {"kind": "expert_review", "reason": "需要评审"},
        "result": {"result": "通过", "staff": ["甲", "乙"]},
        "forwarding": {"to": "ga", "opinion": "材料齐全,请审定"},
        "archive": {"purpose": "核对材料"},
        "reveals": {"fields": ["phone"], "purpose": "联系申请人"},
        "extension": {"value": 5, "reason": "情况复杂"},
        "sign-off": {"decision": "grant"},
        "delivery": {"step": "deliver"},
        "decision": {"correct": True},
        "withdrawal": WORDS,
        "return": WORDS,
        "voiding": WORDS,
        "rating": {"grade": 1},
        "objection": {"text": "不同意"},
    }.get(last)


TOLD = {
    "person.decide_correction": 409,  # nobody asked for one
    "case.read_material": 404,  # no material of that hash
    "dossier.download": 404,  # the materials of this world have no bytes
}
"""What whoever may do the act is told here, where it is not that the version is another (412)."""


@dataclass(frozen=True)
class Known:
    """A case of the world, and the facts by which it was made."""

    no: str
    facts: Resource

    @property
    def receipt(self) -> str:
        """The number of the case's first document."""
        return archive.documents_of(store.read_head(self.no).case)[0].number


RESIDENCE = Resource(
    holder="citizen.zhang",
    organisation="ga",
    point=STATION_POINT,
    sunk=True,
    appointed=frozenset({"ga.chief"}),
)


# Not sunk, and another department's.
CENTRAL: dict[str, Any] = {
    "organisation": "wj",
    "point": "centre",
    "sunk": False,
    "appointed": frozenset({"wj.chief"}),
}


@pytest.fixture
def world(engine: Engine) -> dict[str, Known]:
    """A case in each state that the table tells apart."""

    def taken_in(key: str, account: str, item: str = "居住证申领") -> str:
        body = application(item_named(item), account)
        answer = engine.client(account).post("/v1/cases", body, headers={"Idempotency-Key": key})
        assert answer.status == 201, answer.text
        return str(answer.json["case_no"])

    begun = taken_in("begun", STATION)
    central = taken_in("central", "window.centre", "医师执业注册")
    online = taken_in("online", CITIZEN)
    reviewed, granted = taken_in("reviewed", STATION), taken_in("granted", STATION)
    Road(engine, reviewed).to_sign_off()
    Road(engine, granted).to_delivery()
    holder = principal_of("citizen.zhang").holder
    facts = replace(RESIDENCE, holder=holder)
    done = replace(facts, acceptor="ga.acceptor", reviewer="ga.reviewer")
    return {
        "begun at a station": Known(begun, facts),
        "begun online": Known(online, replace(facts, point=None)),
        "begun at the centre": Known(central, replace(facts, **CENTRAL)),
        "waiting for the signature": Known(reviewed, done),
        "waiting at the station": Known(granted, done),
    }


def as_it_stands(account: str) -> Principal:
    """The account with the roles that its posting and its appointment back: a deputy who does not
    stand in today signs nothing and reads nothing as one."""
    who = principal_of(account)
    return replace(who, roles=frozenset()) if account == "ga.deputy" else who


def case_routes(app: Any) -> Iterator[Operation]:
    for each in operations(app):
        if each.path.startswith("/v1/cases/{no}") and not each.declaration.public:
            yield each


def path_of(operation: Operation, known: Known) -> str:
    named = {"{no}": known.no, "{procedure_id}": "p1", "{number}": known.receipt}
    path = operation.path
    for variable, value in named.items():
        path = path.replace(variable, value)
    return path


def test_everybody_gets_what_the_table_says_of_every_case(engine, world):
    cells, wrong = 0, []
    for operation in case_routes(engine.app):
        for state, known in world.items():
            path = path_of(operation, known)
            for account in PEOPLE:
                who = as_it_stands(account)
                facts = replace(known.facts, comprehensive=who.point in COMPREHENSIVE)
                expected = allows(who, operation.declaration.act, facts)
                answer = engine.client(account).request(
                    operation.method,
                    path,
                    body_for(operation.path, account),
                    headers={"If-Match": '"0"'} if operation.writes else None,
                )
                cells += 1
                told = TOLD.get(operation.declaration.act, 412)
                seen = answer.status in (200, told)
                if (answer.status == 403) == expected or seen != expected:
                    wrong.append((operation.method, operation.path, state, account, answer.text))
    print(f"{cells} cells of route, case and person")
    assert not wrong, wrong[:20]
    assert cells > 1000


LISTS = (
    "/v1/me/cases",
    "/v1/queues/acceptance",
    "/v1/queues/review",
    "/v1/queues/special",
    "/v1/queues/sign-off",
    "/v1/queues/delivery",
)
TAKERS = (CITIZEN, "citizen.li", "citizen.wang", STATION, "station.shiqiao", "window.centre")
ITEMS = (
    "居住证申领",
    "医师执业注册",
    "临时救助对象认定、救助金给付",
    "灵活就业人员社会保险补贴申领",
)


def test_no_list_filter_or_cursor_shows_what_is_out_of_scope(engine):
    """Random cases of four departments; then everybody looks at every list, page by page."""
    chance = random.Random(20260302)
    facts: dict[str, Resource] = {}
    for number in range(24):
        item, account = item_named(chance.choice(ITEMS)), chance.choice(TAKERS)
        own = {"applicant": person(account)} if account.startswith("citizen.") else {}
        body = application(item, account, **own)
        key = {"Idempotency-Key": f"k{number}"}
        answer = engine.client(account).post("/v1/cases", body, headers=key)
        assert answer.status == 201, answer.text
        taker = principal_of(account)
        facts[answer.json["case_no"]] = Resource(
            holder=taker.holder or principal_of(CITIZEN).holder,
            organisation=item.body,
            point=taker.point,
            sunk=item.sunk,
        )
    shown = 0
    for account in PEOPLE:
        who = principal_of(account)
        for path in LISTS:
            for no in pages(engine, account, path):
                known = replace(facts[no], comprehensive=who.point in COMPREHENSIVE)
                act = "queue.read" if "/queues/" in path else "case.read"
                assert allows(who, act, known), (account, path, no)
                shown += 1
    assert shown > len(facts)
    for department in ("ga", "wj", "mz", "rs"):
        waiting = set(pages(engine, f"{department}.acceptor", "/v1/queues/acceptance"))
        assert waiting == {no for no, each in facts.items() if each.organisation == department}
    li = principal_of("citizen.li").holder
    assert set(pages(engine, "citizen.li", "/v1/me/cases")) == {
        no for no, each in facts.items() if each.holder == li
    }
    check_filters(engine)
    check_cursors(engine)


def check_filters(engine: Engine) -> None:
    """A filter that names what is not one's own is refused, not answered with less."""
    for account, path in (
        ("rs.acceptor", "/v1/queues/acceptance?organisation=ga"),
        ("ga.chief", "/v1/queues/sign-off?organisation=rs"),
        ("window.chunhe", "/v1/queues/acceptance?organisation=rs"),
        ("ga.acceptor", "/v1/queues/delivery"),
        (STATION, "/v1/queues/review"),
        ("rs.chief", "/v1/alarms?organisation=ga"),
        ("citizen.zhang", "/v1/alarms"),
    ):
        answer = engine.client(account).get(path)
        assert answer.status == 403, (account, path, answer.text)
        assert answer.json["detail"]


def check_cursors(engine: Engine) -> None:
    """The cursor of one's own list opens no other."""
    cursor = engine.client("ga.acceptor").get("/v1/queues/acceptance?limit=1").json["next_cursor"]
    assert cursor
    for account in ("rs.acceptor", "window.centre"):
        answer = engine.client(account).get(f"/v1/queues/acceptance?limit=1&cursor={cursor}")
        assert (answer.status, answer.pointers) == (422, ["/query/cursor"])


def pages(engine: Engine, account: str, path: str) -> Iterator[str]:
    """The case numbers of a list, two a page; none where the list is not this person's."""
    cursor: str | None = ""
    while cursor is not None:
        answer = engine.client(account).get(f"{path}?limit=2&cursor={cursor}")
        if answer.status == 403:
            return
        assert answer.status == 200, answer.text
        yield from (row["case_no"] for row in answer.json["items"])
        cursor = answer.json["next_cursor"]


def test_the_command_line_says_why_about_a_case(engine, residence_case):
    runner = CliRunner()

    def explain(account: str, act: str) -> tuple[int, str]:
        answer = runner.invoke(cli, ["access", "explain", account, act, residence_case])
        return answer.exit_code, answer.output

    assert explain("ga.acceptor", "case.accept")[0] == 0
    assert explain("citizen.zhang", "case.withdraw")[0] == 0
    code, said = explain("citizen.li", "case.read")
    assert (code, "只能办理本人的事项" in said or "委托授权" in said) == (1, True)
    code, said = explain("window.centre", "case.accept")
    assert (code, "下沉事项" in said) == (1, True)
    code, said = explain("ga.chief", "case.sign")
    assert (code, "受理人、审查人不能签批同一办件" in said) == (1, True)
