"""One real case, from a village station to the citizen's hand, through the real machines."""

from __future__ import annotations

from chalicelib.cases import store
from chalicelib.cases.model import replay

CITIZEN = {"id_type": "111", "id_number": "", "name": "", "phone": "13800001234"}


def test_a_sunk_item_goes_from_the_station_to_the_citizens_hand(engine, residence_case):
    no = residence_case
    acceptor, reviewer, chief = (engine.client(f"ga.{who}") for who in ("acceptor", "reviewer", "chief"))
    engine.settle(lambda: store.read_flow(no).seen == 1)
    assert acceptor.post(f"/v1/cases/{no}/acceptance", {}).status == 200
    engine.settle(lambda: store.read_flow(no).seen == 2)
    opinion = {"opinion": "材料齐全,符合条件", "recommendation": "grant"}
    assert reviewer.post(f"/v1/cases/{no}/review", opinion).status == 200
    engine.settle(lambda: store.read_flow(no).seen == 3)
    assert chief.post(f"/v1/cases/{no}/sign-off", {"decision": "grant"}).status == 200
    engine.settle(lambda: store.read_flow(no).machine == "downward_delivery" and store.read_flow(no).seen == 5)
    log = store.read_log(no)
    assert [r.event.type for r in log] == [
        "case.received", "case.accepted", "case.reviewed", "case.granted", "case.certificate_stored",
    ]
    head = store.read_head(no)
    assert replay(log).to_state() == head.case.to_state()
