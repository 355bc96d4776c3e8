"""HTTP of the certificates room: verify, own certificates, reading by departments, keys, types."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import (
    keys,
    materials,
    presenting,
    reading,
    readlog,
    service,
    types,
)
from chalicelib.certificates.chain import Line
from chalicelib.certificates.materials import Offers
from chalicelib.certificates.reading import Ask
from chalicelib.certificates.shapes import (
    Answers,
    CheckRequest,
    Keys,
    Prefill,
    PrefillRequest,
    Presentation,
    PresentationRequest,
    Print,
    PrintedItem,
    ReadLine,
    ReadLines,
    Reason,
    Search,
    StatusChange,
    StatusShown,
    Summaries,
    Summary,
    Types,
    TypeShown,
    Verification,
    VerificationResult,
)
from chalicelib.core.errors import InvalidInput, NotFound
from chalicelib.core.principal import ANYONE, CITIZEN
from chalicelib.core.time import to_text
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import PageQuery
from chalicelib.http.view import Call, Reply, view
from chalicelib.network import service as network

bp = Blueprint(__name__)


@bp.route("/v1/certificates/verify", methods=["POST"])
@view(
    act="certificate.verify",
    body=Verification,
    returns=VerificationResult,
    public=True,
    summary="核验证照/Verify a certificate",
)
def verify(call: Call[Verification]) -> VerificationResult:
    """Match or no match of all items together, or what a holder's code shows."""
    asked = call.body
    if (asked.identifier is None) == (asked.presentation_code is None):
        raise InvalidInput.at("/identifier", "请填写证照标识或出示码,二者选一")
    if asked.presentation_code is not None:
        return VerificationResult.of(presenting.redeem(asked.presentation_code, call.now))
    identifier = asked.identifier or ""
    return VerificationResult.of(presenting.compare(identifier, asked.check, call.now))


@bp.route("/v1/certificates/keys", methods=["GET"])
@view(act="certificate.verify", returns=Keys, public=True, summary="验签公钥/Public keys (JWKS)")
def public_keys(call: Call) -> Reply:
    """Every key that ever signed a certificate; verification needs nothing else."""
    del call
    return Reply(keys.jwks(), headers={"Cache-Control": "public, max-age=3600"})


@bp.route("/v1/certificate-types", methods=["GET"])
@view(act="certificate.verify", returns=Types, public=True, summary="证照类型目录/Types")
def list_types(call: Call) -> Types:
    del call
    return Types(items=[TypeShown.of(kind) for kind in types.everything()])


@bp.route("/v1/me/certificates", methods=["GET"], authorizer=jwt_authorizer)
@view(act="certificate.list", returns=Summaries, summary="我的证照/Own certificates")
def own_certificates(call: Call) -> Summaries:
    """Every version, newest first. A person has few enough for one page."""
    today = call.now.date()
    return Summaries(items=[Summary.of(each, today) for each in presenting.of_own(call.principal)])


@bp.route(
    "/v1/me/certificates/{identifier}/presentations", methods=["POST"], authorizer=jwt_authorizer
)
@view(
    act="certificate.present",
    body=PresentationRequest,
    returns=Presentation,
    status=201,
    summary="出示证照/A code to show a certificate",
)
def present(call: Call[PresentationRequest], identifier: str) -> Presentation:
    """The code lives five minutes and works once; it shows the chosen items and no others."""
    code = presenting.present(
        call.principal, identifier, call.body.fields, key=call.idempotency_key, now=call.now
    )
    return Presentation(
        code=code.code,
        payload=code.payload,
        expires_at=to_text(code.expires_at),
        fields=list(code.fields),
    )


@bp.route("/v1/me/certificate-reads", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="certificate.read_log",
    query=PageQuery,
    returns=ReadLines,
    summary="谁查过我的证照/Who read my certificates",
)
def own_reads(call: Call[None, PageQuery]) -> ReadLines:
    """Who, when, why, which items: newest first."""
    holder = call.principal.holder
    if holder is None:
        return ReadLines(items=[])
    listing = f"certificate-reads:{holder}"
    lines, last = readlog.of_holder(
        holder, call.query.limit, decode_cursor(call.query.cursor, listing)
    )
    return ReadLines(
        items=[ReadLine.of(line, _reader_name(line)) for line in lines],
        next_cursor=encode_cursor(last, listing),
    )


@bp.route("/v1/me/prefill/{item_code}", methods=["GET"], authorizer=jwt_authorizer)
@view(act=materials.ACT, returns=Prefill, summary="可以免交的材料/Materials one need not hand in")
def own_prefill(call: Call, item_code: str) -> Reply:
    """What the store holds of the caller for this item, to be attached by reference."""
    item = catalogue.item_in_force(item_code)
    found = Offers(tuple(materials.of_own(call.principal, item, call.now)))
    return Reply(Prefill.of(found), headers={"Cache-Control": "no-store"})


@bp.route("/v1/prefill", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act=materials.ACT,
    body=PrefillRequest,
    returns=Prefill,
    summary="窗口收件时可以免交的材料/Materials a client need not hand in",
)
def client_prefill(call: Call[PrefillRequest]) -> Reply:
    """The same for a client at a window or station; the client's read log keeps the look."""
    client = call.body.on_behalf_of
    found = materials.of_client(
        call.principal,
        catalogue.item_in_force(call.body.item_code),
        id_type=client.id_type,
        number=client.id_number.upper(),
        name=client.name,
        now=call.now,
    )
    return Reply(Prefill.of(found), headers={"Cache-Control": "no-store"})


@bp.route("/v1/certificates", methods=["GET"], authorizer=jwt_authorizer)
@view(act="certificate.search", query=Search, returns=Summaries, summary="查询证照/Search")
def search(call: Call[None, Search]) -> Summaries:
    """What the store holds of a person whom this department acts on; no personal items."""
    found = reading.search(_ask(call, call.query), call.query.holder, call.query.type)
    return Summaries(items=[Summary.of(each, call.now.date()) for each in found])


@bp.route("/v1/certificates/check", methods=["POST"], authorizer=jwt_authorizer)
@view(act="certificate.check", body=CheckRequest, returns=Answers, summary="核对证照/Yes or no")
def check(call: Call[CheckRequest]) -> Answers:
    """One answer a question, in their order; nothing is shown."""
    body = call.body
    ask = Ask(call.principal, body.purpose, body.case_no, call.now)
    questions = [each.question() for each in body.checks]
    return Answers(answers=reading.check(ask, body.identifier, questions))


@bp.route("/v1/certificates/{identifier}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="certificate.read", query=Reason, summary="读取证照/An annotated copy")
def read(call: Call[None, Reason], identifier: str) -> Reply:
    """A signed file in the exchange format: whole for the holder, what the case needs for others."""
    if CITIZEN in call.principal.roles and not call.query.case_no:
        file = presenting.own_copy(call.principal, identifier, call.now)
    else:
        file = reading.read(_ask(call, call.query), identifier)
    return Reply(file, headers={"Cache-Control": "no-store"})


@bp.route("/v1/certificates/{identifier}/print", methods=["GET"], authorizer=jwt_authorizer)
@view(act="certificate.print", query=Reason, returns=Print, summary="打印证照/For the window")
def printed(call: Call[None, Reason], identifier: str) -> Reply:
    """For the window that delivers the case's result, and for no other."""
    out = reading.printout(_ask(call, call.query), identifier)
    body = Print(
        summary=Summary.of(out.certificate, call.now.date()),
        items=[
            PrintedItem(name=name, label=out.labels.get(name, name), value=value)
            for name, value in out.items.items()
        ],
        qr=out.qr,
    )
    return Reply(body, headers={"Cache-Control": "no-store"})


@bp.route("/v1/certificates/{identifier}/status", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="certificate.change_status",
    body=StatusChange,
    returns=StatusShown,
    summary="变更证照状态/Suspend, revoke, cancel",
)
def change_status(call: Call[StatusChange], identifier: str) -> StatusShown:
    """An act of the issuer, with its basis; it goes out on the bus."""
    changed = service.change_status(
        call.principal,
        identifier,
        new=call.body.status,
        basis=call.body.basis,
        key=call.idempotency_key,
        now=call.now,
    )
    return StatusShown.of(changed, call.now.date())


def _ask(call: Call, reason: Reason) -> Ask:
    return Ask(call.principal, reason.purpose, reason.case_no, call.now, at="/query")


def _reader_name(line: Line) -> str:
    """The unit that read, by name: a person's account alone tells the holder little."""
    actor = line.reader
    if actor.role == ANYONE:
        return "公众核验"
    if actor.role == CITIZEN:
        return "本人"
    for key, lookup in ((actor.organisation, network.organisation), (actor.point, network.point)):
        if key is not None:
            try:
                return lookup(key).name
            except NotFound:
                return key
    return actor.account
