"""The access table: every act of the platform, who may do it, how far, and on what condition.

An act that is not here is refused. `own` reaches what concerns the person, `point` what their
service point holds, `organisation` what their body decides, `district` everything; `when` adds
conditions (core/access_terms.py). The numbers are clauses of 中原政〔2016〕3号.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.access_terms import (
    APPOINTED,
    AT_COMPREHENSIVE_WINDOW,
    MANDATED,
    NOT_ACCEPTOR,
    NOT_ACCEPTOR_NOR_REVIEWER,
    NOT_SUNK,
    OWNS_LIST,
    REAL_NAME,
    Rule,
    district,
    organisation,
    own,
    point,
    public,
)
from chalicelib.core.principal import (
    ACCEPTOR,
    ANYONE,
    CHIEF_REPRESENTATIVE,
    CITIZEN,
    DEPARTMENT_SYSTEM,
    ITEM_EDITOR,
    LIST_OWNER,
    OFFICE,
    REVIEWER,
    STATION_CLERK,
    SUPERVISOR,
    SYSTEM,
    WINDOW_CLERK,
)

CLERKS = (STATION_CLERK, WINDOW_CLERK)
DEPARTMENT = (ACCEPTOR, REVIEWER, CHIEF_REPRESENTATIVE)
STAFF = (*CLERKS, *DEPARTMENT)
WATCHERS = (SUPERVISOR, OFFICE)
EDITORS = (ITEM_EDITOR, LIST_OWNER)

# A comprehensive window takes every department's items (8); what is sunk is received by its upload
# and accepted by the department above (10).
ANY_WINDOW = (NOT_SUNK, AT_COMPREHENSIVE_WINDOW)

TABLE: Mapping[str, tuple[Rule, ...]] = {
    # What anyone may see: no name, no number, no case (11).
    "health.read": public(ANYONE),
    "openapi.read": public(ANYONE),
    "item.read": public(ANYONE),
    "point.read": public(ANYONE),
    "indicator.read": public(ANYONE),
    "calendar.read": public(ANYONE),
    "deadline.preview": public(ANYONE),
    "certificate.verify": public(ANYONE),
    # Documents and drafts belong to the account that made them.
    "upload.create": own(CITIZEN, *STAFF),
    "upload.complete": own(CITIZEN, *STAFF),
    "draft.read": own(CITIZEN),
    "draft.write": own(CITIZEN),
    # A case, from submission to what follows its end (7, 8, 10).
    "case.submit": own(CITIZEN) + point(*CLERKS),
    "case.list": own(CITIZEN),
    "case.read": own(CITIZEN)
    + district(CITIZEN, when=(MANDATED,))
    + point(*CLERKS)
    + district(WINDOW_CLERK, when=ANY_WINDOW)
    + organisation(*DEPARTMENT)
    + district(*WATCHERS),
    "case.accept": district(WINDOW_CLERK, when=ANY_WINDOW) + organisation(ACCEPTOR),
    "case.notify_correction": district(WINDOW_CLERK, when=ANY_WINDOW) + organisation(ACCEPTOR),
    "case.reject": district(WINDOW_CLERK, when=ANY_WINDOW) + organisation(ACCEPTOR),
    "case.supplement": own(CITIZEN) + point(*CLERKS),
    "case.review": organisation(REVIEWER, when=(NOT_ACCEPTOR,)),
    "special.start": organisation(REVIEWER),
    "special.finish": organisation(REVIEWER),
    "case.extend": organisation(CHIEF_REPRESENTATIVE, when=(APPOINTED,)),
    "case.sign": organisation(CHIEF_REPRESENTATIVE, when=(APPOINTED, NOT_ACCEPTOR_NOR_REVIEWER)),
    "case.deliver": point(*CLERKS),
    "case.withdraw": own(CITIZEN),
    "case.void": district(SUPERVISOR),
    "case.rate": own(CITIZEN),
    "case.object": own(CITIZEN),
    "case.renew": own(CITIZEN),
    "dossier.read": own(CITIZEN) + point(*CLERKS) + organisation(*DEPARTMENT) + district(*WATCHERS),
    "queue.read": point(*CLERKS)
    + district(WINDOW_CLERK, when=(AT_COMPREHENSIVE_WINDOW,))
    + organisation(*DEPARTMENT),
    # A person's data in full: for the person, or by staff who hold the case, with a purpose.
    "person.read": own(CITIZEN),
    "person.correct": own(CITIZEN, when=(REAL_NAME,)),
    "person.reveal": point(*CLERKS) + organisation(*DEPARTMENT),
    # Certificates: the holder sees all of it, an office what its case needs (9).
    "certificate.list": own(CITIZEN),
    "certificate.present": own(CITIZEN),
    "certificate.read_log": own(CITIZEN),
    "certificate.search": district(*STAFF, DEPARTMENT_SYSTEM),
    "certificate.read": own(CITIZEN) + district(*STAFF, DEPARTMENT_SYSTEM),
    "certificate.check": district(*STAFF, DEPARTMENT_SYSTEM),
    "certificate.print": own(CITIZEN) + point(*CLERKS),
    "certificate.change_status": organisation(CHIEF_REPRESENTATIVE),
    "certificate_import.create": organisation(OFFICE, DEPARTMENT_SYSTEM),
    "certificate_import.read": district(OFFICE) + organisation(DEPARTMENT_SYSTEM),
    # Departments ask each other, and let their own systems listen (9, annex 4).
    "inquiry.create": organisation(*DEPARTMENT, DEPARTMENT_SYSTEM),
    "inquiry.read": organisation(*DEPARTMENT, DEPARTMENT_SYSTEM) + district(*WATCHERS),
    "inquiry.answer": organisation(*DEPARTMENT, DEPARTMENT_SYSTEM),
    "subscription.create": organisation(OFFICE, DEPARTMENT_SYSTEM),
    "subscription.read": organisation(OFFICE, DEPARTMENT_SYSTEM),
    "subscription.delete": organisation(OFFICE, DEPARTMENT_SYSTEM),
    # The catalogue: proposed by a department, reviewed by the list's owner, approved by the office.
    "item_change.propose": organisation(ITEM_EDITOR),
    "item_change.read": organisation(ITEM_EDITOR) + district(LIST_OWNER, *WATCHERS),
    "item_change.withdraw": organisation(ITEM_EDITOR),
    "item_change.review": district(LIST_OWNER, when=(OWNS_LIST,)),
    "item_change.publish": district(OFFICE),
    "list.read": district(*EDITORS, *WATCHERS),
    "catalogue.check": district(*EDITORS, *WATCHERS),
    # The service network and its people (1–3, 5–7, 14, 16–18).
    "organisation.read": district(*STAFF, *WATCHERS, *EDITORS),
    "organisation.write": district(OFFICE),
    "point.write": district(OFFICE),
    "pilot.read": district(*WATCHERS),
    "pilot.write": district(OFFICE),
    "posting.read": organisation(CHIEF_REPRESENTATIVE) + district(*WATCHERS),
    "posting.write": district(OFFICE),
    "posting.request_transfer": organisation(CHIEF_REPRESENTATIVE),
    "posting.transfer": district(OFFICE),
    "appointment.read": organisation(*DEPARTMENT) + district(*WATCHERS),
    "appointment.write": district(OFFICE),
    "calendar.publish": district(OFFICE),
    "appraisal.read": organisation(CHIEF_REPRESENTATIVE) + district(*WATCHERS),
    "appraisal.write": district(OFFICE),
    "appraisal.object": organisation(CHIEF_REPRESENTATIVE),
    # The service regimes of the hall (6, 12).
    "booking.create": own(CITIZEN) + point(*CLERKS),
    "booking.read": own(CITIZEN) + point(*CLERKS),
    "booking.cancel": own(CITIZEN) + point(*CLERKS),
    "visit.create": own(CITIZEN) + point(*CLERKS),
    "visit.read": own(CITIZEN) + point(*CLERKS),
    "visit.close": point(*CLERKS),
    "consultation.create": own(CITIZEN) + point(*CLERKS),
    "consultation.read": own(CITIZEN) + point(*CLERKS) + organisation(*DEPARTMENT),
    "consultation.answer": point(*CLERKS) + organisation(*DEPARTMENT),
    "mandate.create": own(CITIZEN, when=(REAL_NAME,)) + point(*CLERKS),
    "mandate.read": own(CITIZEN) + district(CITIZEN, when=(MANDATED,)) + point(*CLERKS),
    "mandate.revoke": own(CITIZEN),
    # Supervision sees everything and writes alarms only (2, 19).
    "alarm.read": point(*CLERKS) + organisation(*DEPARTMENT) + district(*WATCHERS),
    "alarm.respond": point(*CLERKS) + organisation(*DEPARTMENT),
    "alarm.close": district(SUPERVISOR),
    "wall.read": district(*WATCHERS),
    "rule.read": district(*WATCHERS),
    "rule.write": district(SUPERVISOR),
    "violation.report": own(CITIZEN, *STAFF),
    "access.explain": district(*WATCHERS),
    # The platform's own acts, done by timers and workers.
    "case.advance": district(SYSTEM),
    "posting.keep": district(SYSTEM),
}
