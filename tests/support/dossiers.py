"""Dossiers in memory: cases with everything in them, a signer, archives whole and tampered with."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from chalicelib.aws.signing import PublicKey
from chalicelib.cases import lifecycle
from chalicelib.cases.archive import packed
from chalicelib.cases.dossier import CaseFile, Dossier, dossier
from chalicelib.cases.zipping import Packed, pack
from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.model import Item
from chalicelib.core.limits import Limit, Unit
from chalicelib.core.time import SHANGHAI
from tests.support.case_life import Life, calendar
from tests.support.engine import ROOT

MADE = datetime(2026, 7, 1, 9, 0, tzinfo=SHANGHAI)
PERSON = {
    "id_type": "111",
    "id_number": "11010519491231002X",
    "name": "张三丰",
    "phone": "13800001234",
    "address": "",
    "form": {"用途": "子女入学"},
    "files": {},
}
REPORT = "documents/" + "9" * 40 + "/" + hashlib.sha256(b"the inspection's report").hexdigest()
CONTENTS = {REPORT: b"the inspection's report"}
CERTIFICATE = {"meta": {"ZZBS": "1.2.156.3005.2.TYPE.ISSUER.1.001.X", "ZZMC": "居住证"}}


class LocalSigner:
    """A P-256 key in memory, as the signing module describes one."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        self.public_key = PublicKey("ES256", "P-256", x, y)

    def sign(self, message: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self._key.sign(message, ec.ECDSA(SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


SIGNER = LocalSigner()


@cache
def _items() -> dict[str, Item]:
    document = read_document(json.loads((ROOT / "data/demo_catalogue.json").read_text()))
    return {item.name: item for item in document.items}


def item(name: str = "居住证申领", **changes: Any) -> Item:
    return replace(_items()[name], **changes)


def material(material_id: str, content: bytes) -> dict[str, Any]:
    """A material as the log keeps it, its content within reach of `fetch`."""
    key = f"documents/{'0' * 40}/{hashlib.sha256(content).hexdigest()}"
    CONTENTS[key] = content
    return {"id": material_id, "key": key, "size": len(content), "type": "application/pdf"}


def received(**changes: Any) -> Life:
    materials = [
        material("m1", b"%PDF the first"),
        {"id": "m2", "certificate": "1.2.156.3005.2.A.B.C.001.X"},
    ]
    return Life(materials=materials, **changes)


def long_life() -> Life:
    """One case that took every turn which leaves something behind, to its end."""
    life = received()

    def do(account: str, drafts: list[lifecycle.Draft]) -> None:
        life.record(drafts, account)

    missing = [
        {"material_id": "m1", "text": "照片不清晰,请重新拍摄"},
        {"text": "请在申请表上签名"},
    ]
    do("acceptor", lifecycle.request_correction(life.case, life.act("a"), missing))
    do("citizen", lifecycle.supplement(life.case, [material("m1", b"%PDF the second")], {"m1"}))
    do("acceptor", lifecycle.accept(life.case, life.act("a")))
    do("reviewer", lifecycle.offer_hearing(life.case))
    do("citizen", lifecycle.request_hearing(life.case, life.act("c"), calendar()))
    do("reviewer", _procedure(life, "inspection"))
    life.move_to(date(2026, 3, 10))
    result = {"result": "合格", "staff": ["甲", "乙"], "document": REPORT}
    running = life.case.procedures[0].id
    do("reviewer", lifecycle.finish_procedure(life.case, life.act("r"), running, **result))
    do("reviewer", _procedure(life, "hearing", held_on=date(2026, 3, 20)))
    life.move_to(date(2026, 3, 20))
    running, result = life.case.procedures[0].id, {"result": "双方无异议", "staff": ["甲"]}
    do(
        "reviewer",
        lifecycle.finish_procedure(life.case, life.act("r"), running, document=None, **result),
    )
    longer = Limit(10, Unit.WORKING_DAY)
    extended = lifecycle.extend(
        life.case, life.act("s"), calendar(), allowed=longer, value=10, reason="案情复杂"
    )
    do("chief", extended)
    do("reviewer", lifecycle.review(life.case, "材料齐全", "grant"))
    do("chief", lifecycle.sign_off(life.case, decision="grant"))
    identifier = CERTIFICATE["meta"]["ZZBS"]
    do("system", lifecycle.store_certificate(life.case, identifier))
    do("station", lifecycle.deliver(life.case, received_by="applicant", channel=None))
    return life


def _procedure(life: Life, kind: str, **more: Any) -> list[lifecycle.Draft]:
    return lifecycle.start_procedure(
        life.case,
        life.act("r"),
        kind=kind,
        reason="依照某法第三条",
        notice="请予配合",
        expected_days=10,
        **more,
    )


def case_file(life: Life, **changes: Any) -> CaseFile:
    given = {
        "no": life.log[0].event.subject,
        "item": item(),
        "log": life.log,
        "person": PERSON,
        "keys": [SIGNER.public_key.to_jwk()],
        "certificate": CERTIFICATE if life.case.certificate else None,
        "found": {REPORT: (len(CONTENTS[REPORT]), "application/pdf")},
    }
    return CaseFile(**{**given, **changes})


def made(life: Life, **changes: Any) -> Dossier:
    return dossier(case_file(life, **changes), MADE)


def members(of: Dossier) -> dict[str, bytes]:
    """The archive's members by path, in order."""
    return {
        member.path: b"".join(member.chunks)
        for member in packed(of, SIGNER, lambda stored: CONTENTS[stored.key])
    }


def zipped(contents: dict[str, bytes]) -> bytes:
    return b"".join(pack(Packed.of(path, content) for path, content in contents.items()))


@cache
def whole() -> bytes:
    """The archive of the long life."""
    return zipped(members(made(long_life())))


def unzipped(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {info.filename: opened.read(info) for info in opened.infolist()}


def tampered(change: Callable[[dict[str, bytes]], dict[str, bytes] | None]) -> bytes:
    """The archive after somebody changed its members and made a right zip file of them again."""
    contents = dict(unzipped(whole()))
    changed = change(contents)
    return zipped(contents if changed is None else changed)
