"""Intake 收件: is this application complete, and what does receiving it record?

Everything that is wrong is said at once (一次性告知), each with a pointer to its field. The upload
instant is the receipt (clause 10): the promise clock of a sunk item starts there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from chalicelib.cases.lifecycle import Draft
from chalicelib.cases.model import Channel, Concern
from chalicelib.catalogue.model import Item, Material, State
from chalicelib.certificates.model import Certificate
from chalicelib.core.errors import Conflict, FieldError, InvalidInput
from chalicelib.core.identifiers import valid_citizen_number, valid_uscc
from chalicelib.core.ledger import Ledger
from chalicelib.core.limits import Origin, OriginatedLimit

CITIZEN_NUMBER: Final = "111"
CREDIT_CODE: Final = "001"
_PERSON_OBJECTS: Final = {"1"}
"""服务对象 codes (GB/T 39046) that are natural persons; the others hold a credit code."""

LONGEST_NAME: Final = 100


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who applies. `id_type` 111 is a citizen number (GB 11643), 001 a credit code (GB 32100)."""

    id_type: str
    id_number: str
    name: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """What satisfies one material: an uploaded document, or a certificate of the store.

    `key` is the object's name in the documents bucket; `certificate` a GB/T 36904 identifier, and
    `source` what that certificate was when it was attached.
    """

    material_id: str
    name: str = ""
    key: str | None = None
    sha256: str | None = None
    size: int = 0
    content_type: str = ""
    certificate: str | None = None
    source: Mapping[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """What the log keeps: no file name, for that may hold a person's. The key ends in the hash."""
        pairs = {
            "id": self.material_id,
            "key": self.key,
            "size": self.size or None,
            "type": self.content_type or None,
            "certificate": self.certificate,
            "from": dict(self.source) if self.source else None,
        }
        return {key: value for key, value in pairs.items() if value is not None}


def file_tag(key: str) -> str:
    """What tells the files of one case apart: the beginning of the content hash that ends a key."""
    return key.rpartition("/")[2][:8]


def sha256_of(material: Mapping[str, Any]) -> str | None:
    """The content hash of a logged material: documents are kept under keys that end in it."""
    key = material.get("key")
    return str(key).rpartition("/")[2] if key else None


@dataclass(frozen=True, slots=True)
class Application:
    """One application as it was handed in."""

    item: Item
    applicant: Applicant
    attachments: Sequence[Attachment]
    channel: Channel
    address: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    concern: Concern | None = None
    by_staff: bool = False

    @property
    def applicant_pointer(self) -> str:
        return "/on_behalf_of" if self.by_staff else "/applicant"


def _applicant_errors(application: Application) -> list[FieldError]:
    who, at = application.applicant, application.applicant_pointer
    errors = []
    if not who.name.strip() or len(who.name) > LONGEST_NAME:
        errors.append(FieldError(f"{at}/name", "请填写申请人姓名或名称。"))
    if who.id_type == CITIZEN_NUMBER:
        if not valid_citizen_number(who.id_number):
            errors.append(
                FieldError(f"{at}/id_number", "身份证号码不正确,请对照证件核对 18 位号码。")
            )
    elif who.id_type == CREDIT_CODE:
        if not valid_uscc(who.id_number):
            errors.append(
                FieldError(f"{at}/id_number", "统一社会信用代码不正确,请对照执照核对 18 位代码。")
            )
    else:
        errors.append(
            FieldError(f"{at}/id_type", "证件类型只能是 111(身份证)或 001(统一社会信用代码)。")
        )
    objects = set(application.item.service_objects)
    person = who.id_type == CITIZEN_NUMBER
    if person and not objects & _PERSON_OBJECTS:
        errors.append(FieldError(f"{at}/id_type", "本事项只面向单位办理,请填写统一社会信用代码。"))
    if who.id_type == CREDIT_CODE and not objects - _PERSON_OBJECTS:
        errors.append(FieldError(f"{at}/id_type", "本事项只面向个人办理,请填写身份证号码。"))
    return errors


def alternatives(item: Item, group: str) -> list[Material]:
    """The materials of an any-of group."""
    return [m for m in item.materials if m.alternative_group == group]


def missing_materials(item: Item, given: set[str]) -> list[Material]:
    """What is needed and not there. Of an any-of group (三选一) one is enough, whichever.

    No member of such a group is required by itself, the group is; while none is there the group
    stands here once, by its first member.
    """
    missing: list[Material] = []
    looked_at: set[str] = set()
    for material in item.materials:
        group = material.alternative_group
        if group is None:
            if material.required and material.id not in given:
                missing.append(material)
        elif group not in looked_at:
            looked_at.add(group)
            if not any(other.id in given for other in alternatives(item, group)):
                missing.append(material)
    return missing


def _lack(material: Material, item: Item) -> FieldError:
    pointer, group = f"/materials/{material.id}", material.alternative_group
    if group is None:
        return FieldError(pointer, f"缺少材料:{material.name}。")
    names = "、".join(each.name for each in alternatives(item, group))
    return FieldError(pointer, f"缺少材料:{group},提供其中一份即可({names})。")


def _material_errors(application: Application) -> list[FieldError]:
    item = application.item
    errors = []
    seen: set[str] = set()
    for index, attachment in enumerate(application.attachments):
        pointer = f"/materials/{index}/material_id"
        if item.material(attachment.material_id) is None:
            errors.append(
                FieldError(pointer, f"本事项没有编号为 {attachment.material_id} 的材料。")
            )
        elif attachment.material_id in seen and attachment.certificate:
            errors.append(FieldError(pointer, "同一材料不需要重复提交。"))
        seen.add(attachment.material_id)
    errors += [
        _lack(material, item)
        for material in missing_materials(item, seen)
        if not material.tolerable_missing
    ]
    return errors


def _delivery_errors(application: Application) -> list[FieldError]:
    channel, item = application.channel, application.item
    if channel is Channel.COURIER and not item.express_delivery:
        return [FieldError("/delivery/channel", "本事项不支持快递送达,请选择窗口领取或电子送达。")]
    if channel is Channel.COURIER and not application.address.strip():
        return [FieldError("/delivery/address", "请填写快递收件地址。")]
    if channel is Channel.ORIGIN_WINDOW and not application.by_staff:
        return [FieldError("/delivery/channel", "网上申请请选择窗口领取、快递或电子送达。")]
    return []


def check(application: Application, found: Sequence[FieldError] = ()) -> None:
    """Raise one InvalidInput that names every fault, `found` ones included, or do nothing."""
    if application.item.state is not State.IN_USE:
        raise Conflict(f"事项“{application.item.name}”已暂停或取消,现在不能办理。")
    errors = [
        *_applicant_errors(application),
        *_material_errors(application),
        *_delivery_errors(application),
        *found,
    ]
    if errors:
        raise InvalidInput("申请内容不完整或有误,请一次改好后再提交。", errors)


def opening_ledger(item: Item, received_at: datetime) -> Ledger:
    """The clocks of a new case: the item's version pins the limits."""
    start = Origin.RECEIPT if item.sunk else Origin.ACCEPTANCE
    statutory = OriginatedLimit(item.statutory.limit, Origin(item.statutory.origin.value))
    return Ledger(
        received_at=received_at,
        promise=OriginatedLimit(item.promise, start),
        statutory=statutory,
    )


def receive(
    application: Application,
    *,
    holder: str,
    origin: str | None,
    received_at: datetime,
    calendar_version: str,
) -> Draft:
    """The first event of a case, for an application that `check` has passed.

    Holds no personal data: that is sealed beside it.
    """
    item = application.item
    owed = [m.id for m in missing_materials(item, {a.material_id for a in application.attachments})]
    data: dict[str, Any] = {
        "item": item.code,
        "item_version": item.version,
        "body": item.body,
        "holder": holder,
        "origin": origin,
        "sunk": item.sunk,
        "result": item.result.certificate_type if item.result else None,
        "delivery": {"channel": application.channel.value},
        "materials": [attachment.to_dict() for attachment in application.attachments],
        "owed": owed,
        "concern": _concern_data(application.concern),
        "calendar": calendar_version,
        "ledger": opening_ledger(item, received_at).to_dict(),
    }
    kept = {key: value for key, value in data.items() if value not in (None, [])}
    return Draft("case.received", kept)


RENEWAL_NOTICE: Final = timedelta(days=30)
"""行政许可法 art. 50: who applies thirty days before expiry is protected by tacit renewal."""


def concern_of(
    kind: str, certificate: Certificate, item: Item, holder: str, today: date
) -> Concern:
    """The certificate an application is about. Raises InvalidInput where it does not fit."""
    expected = item.result.certificate_type if item.result else None
    if certificate.holder != holder or certificate.type_code != expected:
        raise InvalidInput.at("/concern/certificate", "这个证照不是申请人的,或不由本事项颁发。")
    protected = (
        kind == "renewal"
        and certificate.valid_to is not None
        and today + RENEWAL_NOTICE <= certificate.valid_to
    )
    return Concern(kind, certificate.identifier, certificate.valid_to if protected else None)


def _concern_data(concern: Concern | None) -> list[str | None] | None:
    if concern is None:
        return None
    expires_on = concern.expires_on.isoformat() if concern.expires_on else None
    return [concern.kind, concern.identifier, expires_on]


def sealed_part(application: Application) -> dict[str, Any]:
    """What only an audited read may see: the person, the form, the file names, the address."""
    who = application.applicant
    return {
        "id_type": who.id_type,
        "id_number": who.id_number,
        "name": who.name,
        "phone": who.phone,
        "address": application.address,
        "form": dict(application.form),
        # By the hashes' beginnings: whole keys would double what the log already says.
        "files": {file_tag(a.key): a.name for a in application.attachments if a.key},
    }
