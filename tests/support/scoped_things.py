"""One thing of each kind in every room, made over HTTP, with the facts that it was made with."""

from __future__ import annotations

from typing import Any

import boto3

from chalicelib.certificates import imports
from chalicelib.core.access import Resource
from chalicelib.core.principal import CITIZEN as CITIZENS
from chalicelib.core.principal import Principal
from chalicelib.supervision import appraising
from chalicelib.supervision.answers import Asked
from chalicelib.supervision.appraisal import Scheme
from chalicelib.supervision.appraisal_road import Period
from tests.support import hall
from tests.support.applications import STATION, application, document_for, item_named
from tests.support.catalogue_room import demo_item
from tests.support.engine import ACCOUNTS, Engine, principal_of
from tests.support.scoped import Known, mine, mine_at, of
from tests.support.steps import Road

AT = ACCOUNTS[STATION]["point"]
DAY = "2026-03-03"
MONTH = "2026-02"
FEES_KEPT_BY, POWERS_KEPT_BY = "cz", "fz"
COMPREHENSIVE = {"centre", "police", "estate"}
FEE = "证件工本费"

Things = dict[str, Known]


def is_citizen(who: Principal) -> bool:
    return CITIZENS in who.roles


def in_the_hall(engine: Engine) -> Things:
    """An appointment, a visit and a question of zhang's; his mandates to li and to the station."""
    return {**visits(engine), **consultations(engine), **mandates(engine)}


def visits(engine: Engine) -> Things:
    zhang = principal_of(hall.ZHANG)
    slot = {"point": "centre", "day": DAY, "start": "09:00"}
    booked = hall.done(hall.post(engine, hall.ZHANG, "/v1/appointments", slot))["id"]
    visit = hall.done(hall.post(engine, hall.ZHANG, "/v1/visits", {"point": "centre"}))["id"]
    theirs, here = of(holder=zhang.holder, point="centre"), of(point="centre")

    def booking(who: Principal) -> dict[str, Any]:
        later = {**slot, "start": "10:00"}
        return later if is_citizen(who) else {**later, "on_behalf_of": hall.party("citizen.wang")}

    one, by_id = "/v1/visits/{visit_id}", {"visit_id": visit}
    return {
        "GET /v1/appointments": Known(mine, {}),
        "POST /v1/appointments": Known(mine_at("centre"), {}, body=booking),
        "GET /v1/appointments/{booking_id}": Known(theirs, {"booking_id": booked}),
        "POST /v1/appointments/{booking_id}/cancellation": Known(theirs, {"booking_id": booked}),
        "GET /v1/visits": Known(mine_at("centre"), {}, "point=centre"),
        "POST /v1/visits": Known(mine_at("centre"), {}, body={"point": "centre"}),
        f"GET {one}": Known(theirs, by_id),
        f"POST {one}/service": Known(here, by_id, body={}),
        f"POST {one}/handover": Known(
            here, by_id, body={"to": "window.centre2", "reason": "她负责"}
        ),
        f"POST {one}/end": Known(here, by_id),
        f"POST {one}/absence": Known(here, by_id),
        f"POST {one}/refusal": Known(theirs, by_id, body={"reason": "无人接待"}),
        f"POST {one}/rating": Known(theirs, by_id, body={"grade": 1}),
        f"POST {one}/objection": Known(theirs, by_id, body={"text": "等了很久"}),
        "GET /v1/window-session": Known(mine, {}),
        "POST /v1/visit-calls": Known(mine, {}, body={"window": "1"}),
    }


def consultations(engine: Engine) -> Things:
    zhang = principal_of(hall.ZHANG)
    question = {"text": "要带什么材料?", "organisation": "ga"}
    asked = hall.done(hall.post(engine, hall.ZHANG, "/v1/consultations", question))["id"]
    one, by_id, of_ga = (
        "/v1/consultations/{consultation_id}",
        {"consultation_id": asked},
        of(organisation="ga"),
    )
    return {
        "GET /v1/consultations": Known(mine, {}),
        "POST /v1/consultations": Known(mine, {}, body=question),
        f"GET {one}": Known(of(holder=zhang.holder, organisation="ga"), by_id),
        f"POST {one}/answer": Known(of_ga, by_id, body={"text": "身份证"}),
        f"POST {one}/transfer": Known(
            of_ga, by_id, body={"organisation": "rs", "reason": "社保事项"}
        ),
        f"POST {one}/publication": Known(
            of_ga, by_id, body={"question": "带什么", "answer": "身份证"}
        ),
    }


def mandates(engine: Engine) -> Things:
    zhang, li = principal_of(hall.ZHANG), principal_of(hall.LI)
    held = hall.given(engine)
    station = hall.station_mandate(engine)
    drafted = hall.done(hall.post(engine, hall.ZHANG, "/v1/mandates", hall.mandate_body()))["id"]
    by_li = of(holder=zhang.holder, agents=frozenset({li.holder}))
    by_station = of(holder=zhang.holder, point=AT)

    def asked(who: Principal) -> dict[str, Any]:
        if is_citizen(who):
            other = hall.ZHANG if who.account == hall.LI else hall.LI
            return hall.mandate_body(who.account, other)
        paper = {"paper": document_for(who.account, "委托书"), "both_present": True}
        return {**hall.mandate_body(), **paper}

    one = "/v1/mandates/{mandate_id}"
    made: Things = {
        "GET /v1/mandate-rules": Known(mine, {}),
        "GET /v1/mandates": Known(mine, {}),
        "POST /v1/mandates": Known(mine, {}, body=asked),
        f"POST {one}/confirmation": Known(of(holder=zhang.holder), {"mandate_id": drafted}),
    }
    for whose, facts, known in (("li", by_li, held), ("station", by_station, station)):
        by_id = {"mandate_id": known}
        made |= {
            f"GET {one} of {whose}": Known(facts, by_id),
            f"GET {one}/cases of {whose}": Known(facts, by_id),
            f"POST {one}/revocation of {whose}": Known(facts, by_id),
        }
    return made


def of_certificates(engine: Engine, case: str, certificate: str) -> Things:
    """The certificate that ga granted zhang in a case that waits at the station; an import of ga's."""
    zhang = principal_of(hall.ZHANG)
    item = item_named("居住证申领")
    why = f"purpose=check&case_no={case}"
    asked = {"format": "csv", "size": 10}
    job = hall.done(hall.post(engine, "ga.system", "/v1/certificate-imports", asked))["id"]
    boto3.client("s3").put_object(
        Bucket="yichuang-documents", Key=imports.read(job).file_key, Body=b"0123456789"
    )
    of_ga, by_id = of(organisation="ga"), {"import_id": job}
    certified = {"identifier": certificate}

    def acts_in_it(who: Principal) -> bool:
        return is_citizen(who) or who.organisation == "ga" or who.point == AT

    client = {key: hall.party(hall.ZHANG)[key] for key in ("id_type", "id_number", "name")}
    return {
        "GET /v1/certificates/{identifier}": Known(
            of(holder=zhang.holder),
            certified,
            query=lambda who: "" if is_citizen(who) else why,
            also=acts_in_it,
            hidden=True,
        ),
        "GET /v1/certificates/{identifier}/print": Known(of(point=AT), certified, why),
        "POST /v1/certificate-imports": Known(mine, {}, body=asked),
        "GET /v1/certificate-imports/{import_id}": Known(of_ga, by_id),
        "POST /v1/certificate-imports/{import_id}/start": Known(of_ga, by_id),
        "GET /v1/me/prefill/{item_code}": Known(
            lambda who: Resource(holder=who.holder), {"item_code": item.code}
        ),
        "POST /v1/prefill": Known(
            lambda who: Resource(point=who.point),
            {},
            body={"item_code": item.code, "on_behalf_of": client},
        ),
        "GET /v1/me/drafts": Known(mine, {}),
        **{
            f"{method} /v1/me/drafts/{{item_code}}": Known(
                mine, {"item_code": item.code}, body=body
            )
            for method, body in (("GET", None), ("PUT", {"content": {}}), ("DELETE", None))
        },
    }


def of_the_catalogue(engine: Engine) -> Things:
    """A change that ga proposed and fz reviews; a case of ga with a fee; the lists."""
    item = demo_item("residence_permit")
    proposal = {
        "action": "amend",
        "item_code": item["task_code"],
        "item": {**item, "promise_limit": {"value": 3, "unit": "工作日"}},
        "reason": "压缩时限",
        "legal_basis": "居住证暂行条例第十条",
    }
    change = hall.done(hall.post(engine, "ga.editor", "/v1/item-changes", proposal))["id"]
    of_ga, by_id = of(organisation="ga"), {"change_id": change}
    powers, fees = of(list_owner=POWERS_KEPT_BY), of(list_owner=FEES_KEPT_BY)
    line = {"listing": "fees", "ref": FEE}
    return {
        **charges(engine),
        "GET /v1/item-changes": Known(mine, {}),
        "POST /v1/item-changes": Known(of_ga, {}, body=proposal),
        "POST /v1/item-changes/preview": Known(of_ga, {}, body=proposal),
        "GET /v1/item-changes/{change_id}": Known(of_ga, by_id),
        "POST /v1/item-changes/{change_id}/review": Known(
            powers, by_id, body={"decision": "approve", "opinion": "同意"}
        ),
        "POST /v1/item-changes/{change_id}/withdrawal": Known(
            of_ga, by_id, body={"reason": "再议"}
        ),
        "PUT /v1/lists/{listing}/{ref}": Known(
            fees, line, body={"name": FEE, "basis": "文件", "standard": "40元", "amount_fen": 4000}
        ),
        "DELETE /v1/lists/{listing}/{ref}": Known(fees, line, "reason=x"),
    }


def charges(engine: Engine) -> Things:
    """An unpaid order of a case of zhang's with ga, which began at the station."""
    body = application(item_named("居民身份证补领"), STATION)
    case = hall.done(hall.post(engine, STATION, "/v1/cases", body))["case_no"]
    Road(engine, case).to_sign_off()
    owed = {"case_no": case, "charges": [{"name": FEE}]}
    order = hall.done(hall.post(engine, STATION, "/v1/payment-orders", owed))["id"]
    facts = of(
        holder=principal_of(hall.ZHANG).holder,
        organisation="ga",
        point=AT,
        list_owner=FEES_KEPT_BY,
    )
    kept, by_id = of(list_owner=FEES_KEPT_BY), {"order_id": order}
    one = "/v1/payment-orders/{order_id}"
    return {
        "GET /v1/payment-orders": Known(facts, {}, f"case_no={case}"),
        "POST /v1/payment-orders": Known(facts, {}, body=owed),
        f"GET {one}/receipt": Known(facts, by_id),
        f"POST {one}/void": Known(facts, by_id),
        f"POST {one}/refund": Known(kept, by_id, body={"amount_fen": 1, "reason": "多收"}),
        "POST /v1/payment-statements": Known(kept, {}, body={"day": "2026-03-02", "payments": []}),
    }


def of_supervision() -> Things:
    """Last month's appraisal as it was drafted; the lists that are read under numbers."""
    period = Period(MONTH)
    appraising.begin(principal_of("office"), period, Scheme(), Asked("office", "k", "k"))
    appraising.draft(period)
    of_ga, by_period = of(organisation="ga"), {"period": MONTH}
    subject = "p-ga-acceptor"
    one = "/v1/appraisals/{period}"
    return {
        f"GET {one}": Known(mine, by_period),
        f"GET {one}/cases/{{subject}}": Known(of_ga, {**by_period, "subject": subject}),
        f"POST {one}/objections": Known(
            of_ga, by_period, body={"subject": subject, "text": "有误"}
        ),
        "GET /v1/indicators/{key}/cases": Known(
            lambda who: Resource(organisation="ga", point=who.point),
            {"key": "received"},
            f"body=ga&month={MONTH}",
        ),
    }


def lists_of_cases() -> Things:
    """The lists of cases; a filter names ga's."""
    return {
        "GET /v1/me/cases": Known(mine, {}),
        "GET /v1/queues/{queue}": Known(
            lambda who: Resource(
                organisation="ga", point=None, comprehensive=who.point in COMPREHENSIVE
            ),
            {"queue": "acceptance"},
            "organisation=ga",
        ),
        "GET /v1/me/redress": Known(mine, {}),
    }
