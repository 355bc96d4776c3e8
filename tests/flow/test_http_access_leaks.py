"""No list, filter, cursor or single reading shows what is out of scope: random things of departments.

Things of every room are made at random for two departments and some of others, for three people and
three points. Then everybody reads every list under every filter, his own and the others', to its last
page, with his own cursors and with those of others; and opens each thing by itself. What is shown must
be allowed by the table on the facts by which the thing was made.
"""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.core.access import Resource, allows
from chalicelib.core.principal import Principal
from chalicelib.network import standing
from chalicelib.network import store as network
from chalicelib.supervision import alarm_store, appraising, redress_store
from chalicelib.supervision.answers import Asked
from chalicelib.supervision.appraisal import Scheme
from chalicelib.supervision.appraisal_road import Period
from tests.support import hall
from tests.support.applications import application, item_named, person
from tests.support.catalogue_room import demo_document
from tests.support.engine import ACCOUNTS, Engine, principal_of
from tests.support.steps import Road
from tests.support.supervision_cases import plain
from tests.support.supervision_hearing import hear

CITIZENS = ("citizen.zhang", "citizen.li", "citizen.wang")
CLERKS = ("station.yingchun", "station.shiqiao", "window.centre")
PEOPLE = (
    *CITIZENS,
    *CLERKS,
    "window.police",
    *(f"{body}.{role}" for body in ("ga", "rs") for role in ("acceptor", "reviewer", "chief")),
    "mz.chief",
    "ga.editor",
    "rs.editor",
    "ga.system",
    "rs.system",
    "ga.deputy",
    "fz.owner",
    "cz.owner",
    "supervisor",
    "office",
)
DEPARTMENTS, OTHERS = ("ga", "rs"), ("mz", "wj")
POINTS = ("yingchun", "shiqiao", "centre")
ITEMS = {
    "ga": "居住证申领",
    "rs": "灵活就业人员社会保险补贴申领",
    "mz": "临时救助对象认定、救助金给付",
}
MONTH = "2026-11"
QUERIES, BORROWERS = 4, 5
Facts = tuple[Resource, ...]
"""A thing may concern several: whoever may do the act on one of them may see it."""


@dataclass(frozen=True)
class Listing:
    """A list, how its things are opened, and the facts of what may stand in it by id."""

    path: str
    act: str
    facts: dict[str, Facts]
    filters: dict[str, tuple[str, ...]] = field(default_factory=dict)
    opened: str = ""
    key: str = "id"
    rows: str = "items"

    def queries(self) -> Iterator[dict[str, str]]:
        """Every combination of the filters; an empty value leaves the filter out."""
        for values in product(*self.filters.values()):
            yield {name: value for name, value in zip(self.filters, values, strict=True) if value}


@dataclass
class World:
    """Makes things at random and remembers their facts."""

    engine: Engine
    chance: random.Random
    facts: dict[str, dict[str, Facts]] = field(default_factory=lambda: defaultdict(dict))

    def some(self, queries: list[dict[str, str]]) -> list[dict[str, str]]:
        """All of a few, and of many the one without a filter and others at random."""
        if len(queries) <= QUERIES:
            return queries
        return [queries[0], *self.chance.sample(queries[1:], k=QUERIES - 1)]

    def post(self, account: str, path: str, body: Any) -> dict[str, Any]:
        return dict(hall.done(hall.post(self.engine, account, path, body, uuid.uuid4().hex)))

    def note(self, kind: str, identifier: str, *facts: Resource) -> None:
        self.facts[kind][identifier] = facts

    def case(self, body: str, account: str, holder: str = CITIZENS[0]) -> str:
        """A case that somebody hands in for himself, or a clerk for `holder`."""
        holder = account if account in CITIZENS else holder
        named = "applicant" if account in CITIZENS else "on_behalf_of"
        asked = application(item_named(ITEMS[body]), account, **{named: person(holder)})
        made = self.post(account, "/v1/cases", asked)
        facts = Resource(
            holder=principal_of(holder).holder,
            organisation=body,
            point=ACCOUNTS[account].get("point"),
        )
        self.note("case", made["case_no"], facts)
        return str(made["case_no"])

    def cases(self) -> None:
        chance = self.chance
        for body in (*DEPARTMENTS, *chance.choices(tuple(ITEMS), k=5)):
            no = self.case(body, chance.choice((*CITIZENS, *CLERKS[:2])))
            self.note("waiting", no, *self.facts["case"][no])
        for body in DEPARTMENTS:
            no = self.case(body, "station.yingchun")
            Road(self.engine, no, body).to_review()
            for asked in chance.sample(sorted({*DEPARTMENTS, *OTHERS} - {body}), k=3):
                question = {"asked": asked, "case_no": no, "topic": f"核对{asked}", "text": "是否"}
                made = self.post(f"{body}.reviewer", "/v1/inquiries", question)
                sides = (Resource(organisation=body), Resource(organisation=asked))
                self.note("inquiry", made["id"], *sides)
        for account in CITIZENS[:2]:
            no = self.case("ga", "station.yingchun", account)
            Road(self.engine, no).to_delivery()
            held = self.engine.client(account).get("/v1/me/certificates").json["items"]
            for each in held:
                self.note(
                    "certificate",
                    each["identifier"],
                    Resource(holder=principal_of(account).holder),
                )

    def in_the_hall(self) -> None:
        chance = self.chance
        for hour, account in product(("09", "10", "14"), CITIZENS):
            point = chance.choice(POINTS)
            slot = {"point": point, "day": "2026-03-03", "start": f"{hour}:00"}
            self.mine("booking", account, "/v1/appointments", slot, point=point)
        for account in chance.choices(CITIZENS, k=6):
            point = chance.choice(POINTS)
            self.mine("visit", account, "/v1/visits", {"point": point}, point=point)
        for account, body in product(CITIZENS, (*DEPARTMENTS, None)):
            asked = {"text": "怎么办?", **({"organisation": body} if body else {})}
            desk = {"organisation": body, "point": None if body else "centre"}
            self.mine("consultation", account, "/v1/consultations", asked, **desk)
        for giver, agent in chance.sample(
            [(one, other) for one in CITIZENS for other in CITIZENS if one != other], k=3
        ):
            holder, acting = principal_of(giver).holder, principal_of(agent).holder
            made = hall.given(self.engine, giver, agent)
            self.note("mandate", made, Resource(holder=holder, agents=frozenset({acting or ""})))
        made = hall.station_mandate(self.engine, chance.choice(CITIZENS))
        giver = next(
            each
            for each in CITIZENS
            if self.engine.client(each).get(f"/v1/mandates/{made}").status == 200
        )
        facts = Resource(holder=principal_of(giver).holder, point="yingchun")
        self.note("mandate", made, facts)

    def mine(self, kind: str, account: str, path: str, body: Any, **facts: Any) -> None:
        made = self.post(account, path, body)["id"]
        self.note(kind, made, Resource(holder=principal_of(account).holder, **facts))

    def between_offices(self) -> None:
        for account in ("ga.system", "rs.system", "office"):
            for _ in range(2):
                asked = {"types": ["case.*"], "url": "https://hooks.example/x"}
                made = self.post(account, "/v1/subscriptions", asked)["id"]
                owner = ACCOUNTS[account]["organisation"]
                self.note("subscription", made, Resource(organisation=owner))
        for body in DEPARTMENTS:
            items = [each for each in demo_document()["items"] if each["implementing_body"] == body]
            for item in self.chance.sample(items, k=min(2, len(items))):
                # A proposal says something else than what stands.
                proposal = {
                    "action": "suspend",
                    "item_code": item["task_code"],
                    "reason": "系统升级",
                    "legal_basis": "办公室通知",
                }
                made = self.post(f"{body}.editor", "/v1/item-changes", proposal)["id"]
                self.note("change", made, Resource(organisation=body))
        for body in ("ga", "rs", *OTHERS):
            for each in network.posted_by(body):
                self.note("posting", each.id, Resource(organisation=body))

    def under_supervision(self) -> None:
        chance, scripts = self.chance, []
        for number in range(14):
            body = chance.choice((*DEPARTMENTS, *DEPARTMENTS, *OTHERS))
            point = chance.choice(POINTS)
            no = f"410102-LEAKS-{number:05d}-1"
            script = plain(no, body=body, point=point).alert("promise", "red")
            scripts.append(script.rated(chance.choice((4, 5))))
            self.note("heard", no, Resource(organisation=body, point=point))
        hear(*scripts)
        for row in alarm_store.Row.scan():
            if row.sk == "ALARM":
                alarm = alarm_store.read(row.pk.removeprefix("ALARM#")).alarm
                unit = alarm.organisation
                self.note("alarm", alarm.id, Resource(organisation=unit, point=unit))
        for each in redress_store.page(None, None, 100, None).cases:
            facts = Resource(organisation=each.organisation, point=each.point)
            self.note("redress", each.id, facts)

    def listings(self) -> list[Listing]:
        bodies = ("", *DEPARTMENTS, "mz")
        made = self.facts
        return [
            Listing("/v1/me/cases", "case.list", own(made["case"]), key="case_no"),
            Listing(
                "/v1/queues/acceptance",
                "queue.read",
                made["waiting"],
                {"organisation": bodies},
                key="case_no",
            ),
            Listing(
                "/v1/inquiries",
                "inquiry.read",
                made["inquiry"],
                {"box": ("asked", "asking")},
                "/v1/inquiries/{}",
            ),
            Listing(
                "/v1/me/certificates",
                "certificate.list",
                made["certificate"],
                opened="/v1/certificates/{}",
                key="identifier",
            ),
            Listing(
                "/v1/appointments",
                "booking.read",
                made["booking"],
                {"day": ("", "2026-03-03")},
                "/v1/appointments/{}",
            ),
            Listing(
                "/v1/visits",
                "visit.read",
                made["visit"],
                {"point": ("", *POINTS)},
                "/v1/visits/{}",
            ),
            Listing(
                "/v1/consultations",
                "consultation.read",
                made["consultation"],
                {"box": ("own", "desk")},
                "/v1/consultations/{}",
            ),
            Listing(
                "/v1/mandates",
                "mandate.read",
                made["mandate"],
                {"side": ("given", "held")},
                "/v1/mandates/{}",
            ),
            Listing("/v1/subscriptions", "subscription.read", made["subscription"]),
            Listing(
                "/v1/item-changes",
                "item_change.read",
                made["change"],
                {"queue": ("", "review", "approval")},
                "/v1/item-changes/{}",
            ),
            Listing(
                "/v1/postings",
                "posting.read",
                made["posting"],
                {"organisation": bodies, "point": ("", "centre")},
                "/v1/postings/{}",
            ),
            Listing(
                "/v1/alarms",
                "alarm.read",
                made["alarm"],
                {"organisation": (*bodies, "yingchun"), "level": ("", "red")},
                "/v1/alarms/{}",
            ),
            Listing(
                "/v1/redress",
                "alarm.read",
                made["redress"],
                {"organisation": (*bodies, "yingchun")},
                "/v1/redress/{}",
            ),
            *(
                Listing(
                    f"/v1/indicators/{key}/cases",
                    "alarm.read",
                    made["heard"],
                    {"month": (MONTH,), "body": bodies, "point": ("", "yingchun", "centre")},
                    key="case_no",
                )
                for key in ("received", "closed", "rated_rate")
            ),
        ]


def own(facts: dict[str, Facts]) -> dict[str, Facts]:
    """As a list of one's own things knows them: whose they are, and nothing else."""
    return {key: tuple(Resource(holder=each.holder) for each in of) for key, of in facts.items()}


@pytest.fixture
def world(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setenv("YICHUANG_WEBHOOK_DOMAINS", "hooks.example")
    made = World(engine, random.Random(20260302))
    made.cases()
    made.in_the_hall()
    made.between_offices()
    made.under_supervision()
    return made


def as_they_stand(engine: Engine) -> dict[str, Principal]:
    """Everybody with the roles that their postings and appointments back today."""
    people = {}
    for account in PEOPLE:
        who = principal_of(account)
        gone = standing.fallen_now(who, engine.clock.now())
        people[account] = replace(who, roles=who.roles - gone.keys())
    return people


COMPREHENSIVE = {"centre", "police", "estate"}


def may_see(who: Principal, act: str, facts: Facts) -> bool:
    comprehensive = who.point in COMPREHENSIVE
    return any(allows(who, act, replace(each, comprehensive=comprehensive)) for each in facts)


def read_through(
    engine: Engine, account: str, path: str, query: dict[str, str], rows: str
) -> tuple[list[dict[str, Any]], list[str]]:
    """What a list shows to its last page, three a page, and the cursors on the way."""
    shown: list[dict[str, Any]] = []
    cursors: list[str] = []
    cursor: str | None = None
    while True:
        asked = {**query, "limit": "3", **({"cursor": cursor} if cursor else {})}
        answer = engine.client(account).get(f"{path}?{urlencode(asked)}")
        if answer.status == 422 and "/query/limit" in answer.pointers:
            answer = engine.client(account).get(f"{path}?{urlencode(query)}")
        if answer.status in (403, 404, 422):
            return shown, cursors
        assert answer.status == 200, (account, path, asked, answer.text)
        shown += answer.json[rows]
        cursor = answer.json.get("next_cursor")
        if cursor is None:
            return shown, cursors
        cursors.append(cursor)


def test_no_list_filter_cursor_or_reading_shows_what_is_out_of_scope(world):
    engine, people, tried = world.engine, as_they_stand(world.engine), 0
    for listing in world.listings():
        seen: set[str] = set()
        cursors: dict[str, list[str]] = {}
        for account, who in people.items():
            for query in world.some(list(listing.queries())):
                shown, got = read_through(engine, account, listing.path, query, listing.rows)
                cursors.setdefault(account, []).extend(got)
                tried += 1
                seen |= check(listing, who, shown, query)
        assert listing.facts.keys() <= seen, (listing.path, listing.facts.keys() - seen)
        for lender, lent in cursors.items():
            for borrower in world.chance.sample(sorted(people.keys() - {lender}), k=BORROWERS):
                for cursor in lent[:1]:
                    answer = engine.client(borrower).get(f"{listing.path}?cursor={cursor}")
                    tried += 1
                    if answer.status == 200:
                        check(listing, people[borrower], answer.json[listing.rows], "borrowed")
        tried += open_each(engine, people, listing)
    print(f"{tried} readings of lists and things")
    assert tried > 1500
    search_the_store(world)
    ask_for_charges_and_effects(world)
    read_the_appraisal(world)


def check(
    listing: Listing, who: Principal, shown: Iterable[dict[str, Any]], why: object
) -> set[str]:
    """Each of what was shown is known, and allowed to who sees it. The ids."""
    ids = {str(each[listing.key]) for each in shown}
    for each in ids & listing.facts.keys():
        facts = listing.facts[each]
        assert may_see(who, listing.act, facts), (listing.path, who.account, why, each, facts)
    strangers = ids - listing.facts.keys()
    watches = bool(who.roles & {"office", "supervisor"})
    assert not strangers or watches, (listing.path, who.account, why, strangers)
    return ids


def open_each(engine: Engine, people: dict[str, Principal], listing: Listing) -> int:
    """Each thing by itself, by everybody: opened by whom the table lets, and by nobody else."""
    if not listing.opened:
        return 0
    for identifier, facts in listing.facts.items():
        for account, who in people.items():
            answer = engine.client(account).get(listing.opened.format(identifier))
            act = listing.act if listing.path != "/v1/me/certificates" else "certificate.present"
            opened = answer.status == 200
            assert opened == may_see(who, act, facts), (listing.opened, account, facts, answer.text)
    return len(listing.facts) * len(people)


def search_the_store(world: World) -> None:
    """`holder` is a filter: whoever knows a hash learns nothing by it without such a case."""
    given = 0
    for account, who in as_they_stand(world.engine).items():
        for (no, (case,)), owner in product(world.facts["case"].items(), CITIZENS):
            holder = principal_of(owner).holder
            asked = {"holder": holder, "purpose": "check", "case_no": no}
            answer = world.engine.client(account).get(f"/v1/certificates?{urlencode(asked)}")
            if answer.status == 200:
                given += 1
                assert case.holder == holder, (account, no)
                concerned = {case.organisation, case.point, "centre"}
                assert {who.organisation, who.point} & concerned, (account, no, case)
    assert given


def ask_for_charges_and_effects(world: World) -> None:
    """Orders of a case, and what a day off would change."""
    for account, who in as_they_stand(world.engine).items():
        client = world.engine.client(account)
        for no, facts in world.facts["case"].items():
            answer = client.get(f"/v1/payment-orders?case_no={no}")
            # An online case is held by the centre's windows, which hand out what comes of it.
            held = tuple(
                replace(each, point=each.point or "centre", list_owner="cz") for each in facts
            )
            assert (answer.status == 200) == may_see(who, "fee.read", held), (account, no)
        changed = client.post("/v1/deadlines/what-if", {"days": {"2026-03-04": "holiday"}})
        assert (changed.status == 403) == (not allows(who, "deadline.what_if")), changed.text


def read_the_appraisal(world: World) -> None:
    """A body sees its own people alone."""
    period = Period(MONTH)
    world.engine.clock.move_to(2026, 12, 1, 9, 0)
    appraising.begin(principal_of("office"), period, Scheme(), Asked("office", "k", "k"))
    appraising.draft(period)
    seen: dict[str, set[str]] = {}
    for account, who in as_they_stand(world.engine).items():
        answer = world.engine.client(account).get(f"/v1/appraisals/{MONTH}")
        if answer.status != 200:
            assert answer.status == 403
            continue
        parts: Callable[[str], set[str]] = lambda name, said=answer.json: {  # noqa: E731
            row["organisation"] for row in said[name]
        }
        seen[account] = parts("people") | parts("bodies") | parts("objections")
        for body in seen[account]:
            assert allows(who, "appraisal.read", Resource(organisation=body)), (account, body)
    assert seen["ga.chief"] == {"ga"}
    assert {"ga", "rs"} <= seen["office"]
