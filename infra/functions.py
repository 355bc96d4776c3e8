"""The functions: what each may do, how much memory and time it has, and what calls it.

To add a function, declare it among its room's workers (`@functions.worker`) and add one entry here.
Everything else (role, log group, event source, dead letters, alarms, the machines' placeholders)
follows from the entry.
"""

from __future__ import annotations

from infra.function import BusEvents, Every, Flow, Function, Stream
from infra.grants import (
    destroys_documents,
    notifies,
    publishes,
    reads,
    reads_documents,
    replays,
    runs,
    seals,
    signs,
    wakes,
    writes,
    writes_documents,
)

FLOWS = (
    Flow("approval", "YICHUANG_APPROVAL_MACHINE"),
    Flow("downward_delivery", "YICHUANG_DELIVERY_MACHINE"),
    Flow("certificate_import", "YICHUANG_IMPORT_MACHINE"),
    Flow("alarm_handling", "YICHUANG_ALARM_MACHINE"),
    Flow("item_change", "YICHUANG_ITEM_CHANGE_MACHINE"),
    Flow("inquiry", "YICHUANG_INQUIRY_MACHINE"),
)

FAN_OUT = "deliver_event"
"""Its rule is where replays of the archive go."""

CASE_FLOWS = ("approval", "downward_delivery")

SOURCES = tuple(
    f"yichuang.{room}"
    for room in (
        "calendars",
        "network",
        "catalogue",
        "certificates",
        "cases",
        "exchange",
        "hall",
        "supervision",
    )
)
"""Who publishes on the bus."""

API_HANDLER = Function(
    "api_handler",
    grants=(
        writes(
            "calendars",
            "network",
            "catalogue",
            "certificates",
            "cases",
            "exchange",
            "hall",
            "supervision",
        ),
        writes_documents(),
        signs(),
        seals(),
        replays(),
    ),
    memory=1024,
    timeout=28,  # API Gateway gives up after 29
)

AUTHORIZER = Function("jwt_authorizer", grants=(seals(),), timeout=10)

WORKERS = (
    # cases
    Function(
        "relay",
        grants=(
            writes("cases"),
            reads("catalogue", "calendars"),
            publishes(),
            runs(*CASE_FLOWS),
            wakes(),
        ),
        trigger=Stream("cases", "EVENT#"),
        timeout=60,
    ),
    Function("where_it_stands", grants=(writes("cases"), reads("calendars"))),
    Function("await_stage", grants=(writes("cases"), reads("calendars"), wakes())),
    Function("raise_alerts", grants=(writes("cases"), reads("calendars", "network"))),
    Function(
        "issue_certificate",
        grants=(
            writes("cases", "certificates"),
            reads("catalogue", "network", "calendars"),
            writes_documents(),
            signs(),
            seals(),
        ),
    ),
    Function(
        "reconcile",
        grants=(
            writes("cases"),
            reads("calendars", "network"),
            publishes(),
            runs(*CASE_FLOWS),
            wakes(),
        ),
        trigger=Every(minutes=5),
        timeout=240,
    ),
    Function(
        "dispose_cases",
        grants=(
            writes("cases", "certificates"),
            reads("catalogue"),
            destroys_documents(),
        ),
        trigger=Every(minutes=24 * 60),
        timeout=900,
    ),
    # certificates
    Function(
        "relay_certificates",
        grants=(publishes(), runs("certificate_import")),
        trigger=Stream("certificates", "EVENT#"),
    ),
    Function(
        "plan_import",
        grants=(writes("certificates"), reads_documents()),
        timeout=300,
    ),
    Function(
        "import_part",
        grants=(writes("certificates"), writes_documents(), signs(), seals()),
        memory=1024,
        timeout=900,
    ),
    Function(
        "finish_import",
        grants=(writes("certificates"), writes_documents()),
        timeout=300,
    ),
    Function("fail_import", grants=(writes("certificates"),)),
    Function(
        "checkpoint_read_log",
        grants=(writes("certificates"), signs()),
        trigger=Every(minutes=60),
        timeout=300,
    ),
    # network
    Function(
        "publish_network",
        grants=(publishes(),),
        trigger=Stream("network", "EVENT#"),
    ),
    Function(
        "keep_postings",
        grants=(writes("network"),),
        trigger=Every(minutes=60),
        timeout=300,
    ),
    # catalogue
    Function(
        "announce_catalogue",
        grants=(
            writes("catalogue"),
            writes_documents(),
            reads("calendars", "network"),
            publishes(),
            runs("item_change"),
        ),
        trigger=Stream("catalogue", "EVENT#"),
        memory=1024,
        timeout=120,
    ),
    Function(
        "tend_change",
        grants=(writes("catalogue"), reads("calendars", "network")),
        memory=1024,
        timeout=120,
    ),
    Function(
        "sweep_changes",
        grants=(writes("catalogue"), reads("calendars", "network")),
        trigger=Every(minutes=5),
        memory=1024,
        timeout=240,
    ),
    # exchange
    Function(
        "relay_exchange",
        grants=(
            writes("exchange"),
            reads("calendars"),
            publishes(),
            runs("inquiry"),
            wakes(),
        ),
        trigger=Stream("exchange", "EVENT#"),
    ),
    Function("inquiry_standing", grants=(writes("exchange"), reads("calendars"))),
    Function("await_inquiry_answer", grants=(writes("exchange"), reads("calendars"), wakes())),
    Function("raise_inquiry_alerts", grants=(writes("exchange"), reads("calendars"))),
    Function(
        "sweep_inquiries",
        grants=(writes("exchange"), reads("calendars")),
        trigger=Every(minutes=15),
        timeout=240,
    ),
    Function(
        FAN_OUT,
        grants=(writes("exchange"), seals()),
        trigger=BusEvents(SOURCES),
        timeout=120,
    ),
    Function(
        "redeliver_events",
        grants=(writes("exchange"), seals()),
        trigger=Every(minutes=1),
        timeout=55,
    ),
    Function(
        "audit_certificates",
        grants=(writes("exchange"), reads("cases", "certificates")),
        trigger=Every(minutes=24 * 60),
        timeout=900,
    ),
    # hall
    Function(
        "relay_hall",
        grants=(reads("network"), publishes()),
        trigger=Stream("hall", "EVENT#"),
    ),
    Function(
        "sweep_hall",
        grants=(writes("hall"), reads("calendars", "network")),
        trigger=Every(minutes=15),
        timeout=240,
    ),
    # supervision
    Function(
        "supervise",
        grants=(writes("supervision"), reads("calendars")),
        trigger=BusEvents(tuple(source for source in SOURCES if source != "yichuang.supervision")),
    ),
    Function(
        "follow_alarms",
        grants=(
            writes("supervision"),
            reads("calendars"),
            runs("alarm_handling"),
            wakes(),
            notifies(),
        ),
        trigger=Stream("supervision", "ALARM", exactly=True, modified=True),
        timeout=60,
    ),
    Function(
        "keep_boards",
        grants=(writes("supervision"), reads("calendars")),
        trigger=Stream("supervision", "CELL#", modified=True, batch_size=200, window=1),
        timeout=60,
    ),
    Function(
        "draft_appraisals",
        grants=(writes("supervision"), reads("network", "catalogue", "calendars")),
        trigger=Stream("supervision", "APPRAISAL", exactly=True, modified=True),
        memory=1024,
        timeout=900,
    ),
    Function(
        "take_stock",
        grants=(
            writes("supervision"),
            reads("network", "catalogue", "certificates", "cases", "calendars"),
        ),
        trigger=Every(minutes=15),
        memory=1024,
        timeout=600,
    ),
    Function("handle_alarm", grants=(writes("supervision"), reads("calendars"))),
    Function("await_alarm", grants=(writes("supervision"), reads("calendars"), wakes())),
    Function(
        "chase_alarms",
        grants=(writes("supervision"), reads("calendars"), runs("alarm_handling"), wakes()),
        trigger=Every(minutes=5),
        timeout=240,
    ),
)
