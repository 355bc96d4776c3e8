"""HTTP of the network's people: postings and chief representatives."""

from __future__ import annotations

from datetime import date, timedelta

from chalice.app import Blueprint

from chalicelib.core.access import Resource, require
from chalicelib.core.errors import InvalidInput
from chalicelib.core.principal import OFFICE, SUPERVISOR
from chalicelib.core.time import SHANGHAI
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Page
from chalicelib.http.view import Call, Reply, view
from chalicelib.network import appointments, service, staff, store
from chalicelib.network.api import command_of
from chalicelib.network.chiefs import ChiefRegister, StandIn
from chalicelib.network.forms import (
    AppointmentForm,
    EndForm,
    PostingForm,
    PostingQuery,
    QualificationForm,
    RecommendationForm,
    ReturnForm,
    StandInForm,
    TransferDecisionForm,
    TransferForm,
)
from chalicelib.network.postings import Posting, Substitute
from chalicelib.network.qualification import Qualification
from chalicelib.network.shapes import ChiefsShown, PostingShown

bp = Blueprint(__name__)

GAPS_SHOWN = timedelta(days=90)


def _today(call: Call) -> date:
    return call.now.astimezone(SHANGHAI).date()


def _shown(call: Call, posting: Posting) -> Reply:
    shown = PostingShown.of(posting, service.network(), _today(call))
    return Reply(shown, etag=str(posting.version))


@bp.route("/v1/postings", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="posting.read",
    query=PostingQuery,
    returns=Page[PostingShown],
    summary="派驻人员/List postings",
)
def list_postings(call: Call[None, PostingQuery]) -> Page[PostingShown]:
    """Postings of one department, or at one point, by their first day. One Query.

    A department sees its own; without a filter it is answered with them.
    """
    asked = call.query
    organisation = asked.organisation
    if organisation is None and asked.point is None and not _watches(call):
        organisation = call.principal.organisation
    require(call.principal, "posting.read", Resource(organisation=organisation))
    if (organisation is None) == (asked.point is None):
        raise InvalidInput.at("/query/organisation", "请按机构或按网点查询,二者取一")
    listing = f"postings:{organisation}:{asked.point}:{asked.ended}"
    start = decode_cursor(asked.cursor, listing)
    if organisation is not None:
        found, last = store.postings_of(organisation, not asked.ended, asked.limit, start)
    else:
        found, last = store.postings_at(asked.point or "", not asked.ended, asked.limit, start)
    network, today = service.network(), _today(call)
    return Page[PostingShown](
        items=[PostingShown.of(each, network, today) for each in found],
        next_cursor=encode_cursor(last, listing),
    )


def _watches(call: Call) -> bool:
    return bool(call.principal.roles & {OFFICE, SUPERVISOR})


@bp.route("/v1/postings/{posting}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="posting.read", returns=PostingShown, summary="派驻详情/Read a posting")
def read_posting(call: Call, posting: str) -> Reply:
    """One posting with its qualification, transfer and substitutes."""
    found = staff.read_posting(posting)
    require(call.principal, "posting.read", Resource(organisation=found.organisation))
    return _shown(call, found)


@bp.route("/v1/postings", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="posting.write",
    body=PostingForm,
    returns=PostingShown,
    status=201,
    summary="派驻人员/Post a person",
)
def post_person(call: Call[PostingForm]) -> Reply:
    """Post a person to a point. Every shortcoming of clause 16 is named at once."""
    asked = call.body
    posting = staff.post(
        command_of(call, "posting.write"),
        account=asked.account,
        organisation=asked.organisation,
        point=asked.point,
        work=frozenset(asked.work),
        since=asked.since,
        qualification=_qualification(asked.qualification),
    )
    return _shown(call, posting)


@bp.route("/v1/postings/{posting}/transfer", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="posting.request_transfer",
    body=TransferForm,
    returns=PostingShown,
    summary="申请调整/Request a transfer",
)
def request_transfer(call: Call[TransferForm], posting: str) -> Reply:
    """The department asks to move its person; nothing moves without the centre's consent."""
    asked = call.body
    command = command_of(call, "posting.request_transfer")
    return _shown(
        call,
        staff.request_transfer(
            command,
            posting,
            effective_on=asked.effective_on,
            reason=asked.reason,
            to_point=asked.to_point,
            exception=asked.exception,
        ),
    )


@bp.route("/v1/postings/{posting}/transfer/decision", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="posting.transfer",
    body=TransferDecisionForm,
    returns=PostingShown,
    summary="审核调整/Consent to a transfer",
)
def decide_transfer(call: Call[TransferDecisionForm], posting: str) -> Reply:
    """The centre consents to a transfer before its day, or refuses it with a reason."""
    command, asked = command_of(call, "posting.transfer"), call.body
    decided = staff.decide_transfer(command, posting, consent=asked.consent, comment=asked.comment)
    return _shown(call, decided)


@bp.route("/v1/postings/{posting}/return", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="posting.transfer",
    body=ReturnForm,
    returns=PostingShown,
    summary="退回原单位/Return to the department",
)
def send_back(call: Call[ReturnForm], posting: str) -> Reply:
    """The centre returns an unfit person to the department; today is the last day."""
    command = command_of(call, "posting.transfer")
    return _shown(call, staff.send_back(command, posting, reason=call.body.reason))


@bp.route("/v1/postings/{posting}/substitutes", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="posting.write",
    body=StandInForm,
    returns=PostingShown,
    summary="安排顶岗/Name a substitute",
)
def name_substitute(call: Call[StandInForm], posting: str) -> Reply:
    """Somebody posted by the same department does the work for some days."""
    substitute = Substitute(**call.body.model_dump())
    command = command_of(call, "posting.write")
    return _shown(call, staff.name_substitute(command, posting, substitute))


@bp.route("/v1/postings/{posting}/qualification", methods=["PUT"], authorizer=jwt_authorizer)
@view(
    act="posting.write",
    body=QualificationForm,
    returns=PostingShown,
    summary="更新资格/Renew a qualification",
)
def renew_qualification(call: Call[QualificationForm], posting: str) -> Reply:
    """Record a renewed law-enforcement certificate."""
    command = command_of(call, "posting.write")
    renewed = staff.renew_qualification(command, posting, _qualification(call.body))
    return _shown(call, renewed)


@bp.route("/v1/postings/{posting}/recommendations", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="posting.write",
    body=RecommendationForm,
    returns=PostingShown,
    summary="推荐/Recommend",
)
def recommend(call: Call[RecommendationForm], posting: str) -> Reply:
    """Recommend a person excellent two years in a row (clause 16)."""
    command, asked = command_of(call, "posting.write"), call.body
    years = frozenset(asked.excellent_years)
    return _shown(call, staff.recommend(command, posting, years, asked.document))


def _qualification(form: QualificationForm) -> Qualification:
    return Qualification(form.experienced_since, form.certificate_no, form.certificate_until)


CHIEFS = "/v1/organisations/{key}/chief-representatives"


@bp.route(CHIEFS, methods=["GET"], authorizer=jwt_authorizer)
@view(act="appointment.read", returns=ChiefsShown, summary="首席代表/Chief representatives")
def read_chiefs(call: Call, key: str) -> Reply:
    """Who signs for the body today, all appointments, and the next ninety days without a signer."""
    require(call.principal, "appointment.read", Resource(organisation=key))
    service.organisation(key)
    return _chiefs(call, store.read_chiefs(key))


@bp.route(CHIEFS, methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="appointment.write",
    body=AppointmentForm,
    returns=ChiefsShown,
    status=201,
    summary="任命首席代表/Appoint a chief representative",
)
def appoint(call: Call[AppointmentForm], key: str) -> Reply:
    """One at a time for a body: an appointment that overlaps another is refused."""
    asked = call.body
    appointed = appointments.appoint(
        command_of(call, "appointment.write"),
        key,
        account=asked.account,
        since=asked.since,
        until=asked.until,
        items=None if asked.items is None else frozenset(asked.items),
        document=asked.document,
        expected=call.if_match,
    )
    return _chiefs(call, appointed)


@bp.route(CHIEFS + "/{appointment}/stand-ins", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="appointment.write",
    body=StandInForm,
    returns=ChiefsShown,
    summary="指定代理人/Name a stand-in",
)
def name_stand_in(call: Call[StandInForm], key: str, appointment: str) -> Reply:
    """While the stand-in's days run, the stand-in signs and the representative does not."""
    command, stand_in = command_of(call, "appointment.write"), StandIn(**call.body.model_dump())
    named = appointments.name_stand_in(command, key, appointment, stand_in, call.if_match)
    return _chiefs(call, named)


@bp.route(CHIEFS + "/{appointment}/end", methods=["POST"], authorizer=jwt_authorizer)
@view(act="appointment.write", body=EndForm, returns=ChiefsShown, summary="结束任命/End it")
def end(call: Call[EndForm], key: str, appointment: str) -> Reply:
    """End an appointment on a day; what was signed stays signed."""
    command = command_of(call, "appointment.write")
    ended = appointments.end(command, key, appointment, call.body.last_day, call.if_match)
    return _chiefs(call, ended)


def _chiefs(call: Call, register: ChiefRegister) -> Reply:
    today = _today(call)
    shown = ChiefsShown.of(register, today, today + GAPS_SHOWN)
    return Reply(shown, etag=str(register.version))
