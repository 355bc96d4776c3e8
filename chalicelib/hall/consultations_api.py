"""Consultations over HTTP: ask, hand on, answer, and the published answers for everybody."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.core.access import Resource, require
from chalicelib.core.errors import InvalidInput
from chalicelib.hall import consulting
from chalicelib.hall.booking import person_key
from chalicelib.hall.commands import Command
from chalicelib.hall.consultations import Consultation, State
from chalicelib.hall.consulting import EVERYTHING, Question, Words
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Input, Output, Page, PageQuery
from chalicelib.http.view import Call, Reply, view
from chalicelib.network import service as network

bp = Blueprint(__name__)

Text = Annotated[str, Field(min_length=1, max_length=2000)]
Key = Annotated[str | None, Field(max_length=40)]


class QuestionIn(Input):
    """What is asked. Without item and body it goes to the centre's windows.

    `visit` is the visit in which a clerk writes the visitor's question down.
    """

    text: Text
    item_code: Key = None
    organisation: Key = None
    visit: Annotated[str | None, Field(max_length=80)] = None


class HandOnIn(Input):
    organisation: Key = None
    item_code: Key = None
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class AnswerIn(Input):
    text: Text


class PublicationIn(Input):
    """The question and the answer in words that name nobody."""

    question: Text
    answer: Text


class ConsultationQuery(PageQuery):
    """`own`: what I asked. `desk`: what my window or my body has to answer."""

    box: Literal["own", "desk"] = "own"
    state: State = State.OPEN


class PublishedQuery(PageQuery):
    item_code: Key = None
    organisation: Key = None


class ConsultationShown(Output):
    """A consultation's course: who has to answer it, and by when."""

    id: str
    version: int
    state: State
    organisation: str | None
    point: str | None
    desk_name: str
    item_code: str | None
    asked_on: str
    due_on: str
    visit: str | None
    answered_at: str | None
    published: bool
    raised: list[str]

    @classmethod
    def of(cls, known: Consultation, **more: Any) -> ConsultationShown:
        raw = known.to_dict()
        return cls(
            **{key: value for key, value in raw.items() if key in cls.model_fields},
            desk_name=_desk_name(known),
            **more,
        )


class ConsultationOpened(ConsultationShown):
    """With its words, for the asker and who must answer."""

    text: str | None
    answer: str | None


class PublishedShown(Output):
    """A frequent question with its answer."""

    id: str
    question: str
    answer: str
    item_code: str | None
    organisation: str | None
    organisation_name: str
    published_at: str


def _command(call: Call[Any, Any], act: str) -> Command:
    return Command(call.principal, act, call.now, call.idempotency_key, call.fingerprint)


def _desk_name(known: Consultation) -> str:
    desk = known.desk
    if desk.organisation:
        return network.organisation(desk.organisation).name
    return network.point(desk.point or "").name


@bp.route("/v1/consultations", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="consultation.create",
    body=QuestionIn,
    returns=ConsultationShown,
    status=201,
    summary="咨询/Ask",
)
def ask(call: Call[QuestionIn]) -> ConsultationShown:
    """Routed to the item's body, the named one, or the centre; answered within the limit."""
    asked = call.body
    question = Question(asked.text, asked.item_code, asked.organisation, asked.visit)
    return ConsultationShown.of(consulting.ask(_command(call, "consultation.create"), question))


@bp.route("/v1/consultations", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="consultation.read",
    query=ConsultationQuery,
    returns=Page[ConsultationShown],
    summary="咨询清单/Consultations",
)
def list_consultations(call: Call[None, ConsultationQuery]) -> Page[ConsultationShown]:
    """One's own, the latest first; or what one's desk has to answer, the most urgent first."""
    asked, who = call.query, call.principal
    if asked.box == "own":
        person = person_key(who)
        listing = f"consultations:{person}"
        found, last = consulting.own(person, asked.limit, decode_cursor(asked.cursor, listing))
    else:
        desk = consulting.desk_of(who)
        require(
            who, "consultation.answer", Resource(organisation=desk.organisation, point=desk.point)
        )
        listing = f"consultations:{desk.key}:{asked.state}"
        start = decode_cursor(asked.cursor, listing)
        found, last = consulting.waiting(desk, asked.state, asked.limit, start)
    items = list(map(ConsultationShown.of, found))
    return Page[ConsultationShown](items=items, next_cursor=encode_cursor(last, listing))


@bp.route("/v1/consultations/{consultation_id}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="consultation.read", returns=ConsultationOpened, summary="查看咨询/One consultation")
def show_consultation(call: Call, consultation_id: str) -> Reply:
    """With its words for the asker and for who must answer; its course for who watches."""
    known, words = consulting.look(call.principal, consultation_id)
    return _opened(known, words)


def _opened(known: Consultation, words: Words | None) -> Reply:
    said = words or Words("", None, "")
    shown = ConsultationOpened.of(known, text=said.question or None, answer=said.answer)
    return Reply(shown, headers={"Cache-Control": "no-store"}, etag=str(known.version))


@bp.route(
    "/v1/consultations/{consultation_id}/transfer", methods=["POST"], authorizer=jwt_authorizer
)
@view(
    act="consultation.answer",
    body=HandOnIn,
    returns=ConsultationShown,
    summary="转交单位答复/Hand on",
)
def hand_on(call: Call[HandOnIn], consultation_id: str) -> ConsultationShown:
    """To the body that can answer, by name; its limit goes on."""
    asked = call.body
    if (asked.organisation is None) == (asked.item_code is None):
        raise InvalidInput.at("/organisation", "请写明转交哪个单位,或属于哪个事项。")
    known = consulting.hand_on(
        _command(call, "consultation.answer"),
        consultation_id,
        organisation=asked.organisation,
        item_code=asked.item_code,
        reason=asked.reason,
    )
    return ConsultationShown.of(known)


@bp.route("/v1/consultations/{consultation_id}/answer", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="consultation.answer", body=AnswerIn, returns=ConsultationShown, summary="答复咨询/Answer"
)
def answer(call: Call[AnswerIn], consultation_id: str) -> ConsultationShown:
    command = _command(call, "consultation.answer")
    return ConsultationShown.of(consulting.answer(command, consultation_id, call.body.text))


@bp.route(
    "/v1/consultations/{consultation_id}/publication", methods=["POST"], authorizer=jwt_authorizer
)
@view(
    act="consultation.answer",
    body=PublicationIn,
    returns=ConsultationShown,
    summary="公开为常见问题/Publish",
)
def publish(call: Call[PublicationIn], consultation_id: str) -> ConsultationShown:
    """Refused where a name, a phone or an identity number would become public."""
    asked, command = call.body, _command(call, "consultation.answer")
    known = consulting.publish(command, consultation_id, asked.question, asked.answer)
    return ConsultationShown.of(known)


@bp.route("/v1/consultation-answers", methods=["GET"])
@view(
    act="consultation.browse",
    query=PublishedQuery,
    returns=Page[PublishedShown],
    summary="常见问题/Published answers",
    public=True,
)
def published(call: Call[None, PublishedQuery]) -> Page[PublishedShown]:
    """Frequent questions of everything, of an item, or of a body; the newest first."""
    asked = call.query
    about = asked.item_code or asked.organisation or EVERYTHING
    listing = f"answers:{about}"
    start = decode_cursor(asked.cursor, listing)
    rows, last = consulting.published(about, asked.limit, start)
    items = [PublishedShown(**_public(row)) for row in rows]
    return Page[PublishedShown](items=items, next_cursor=encode_cursor(last, listing))


def _public(row: dict[str, Any]) -> dict[str, Any]:
    key, point = row["organisation"], row.pop("point")
    name = network.organisation(key).name if key else network.point(point).name
    return {**row, "organisation_name": name}
