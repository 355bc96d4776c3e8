"""Never ask twice: which materials of an item the store already holds for a person.

An application that is opened is offered them, and they are attached by reference. What is attached
by reference is checked when the application is handed in: it must be the applicant's own, of the
type that the material asks for, in force on the day, and good enough to stand in (国务院令第716号
art. 7; 中原政〔2016〕3号 clause 9).

A citizen looks among his own certificates. A clerk looks for the client in front of him: he gives
the number and the name, both must belong together, and the holder finds the look in his read log.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from chalicelib.aws.sealing import holder_key
from chalicelib.catalogue.model import Item, Material
from chalicelib.certificates import checks, readlog, service, status, store, types
from chalicelib.certificates.chain import Line, Outcome
from chalicelib.certificates.checks import Belongs
from chalicelib.certificates.model import Certificate, ShareClass
from chalicelib.certificates.sealed import open_sealed
from chalicelib.core import access
from chalicelib.core.errors import FieldError
from chalicelib.core.events import Actor
from chalicelib.core.principal import Principal

ACT: Final = "certificate.offer"
OWN_ROLE: Final = "本人"
"""The `holder_role` of materials that are the applicant's own. A parent's or a partner's
certificate hangs on another number, which the application does not prove."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A material, and the certificate of the store that stands in for it."""

    material: Material
    certificate: Certificate


@dataclass(frozen=True, slots=True)
class Offers:
    """What a clerk is told: `name_differs` where the name is not the one on the certificates."""

    items: tuple[Offer, ...]
    name_differs: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A certificate that an application attaches to a material; `pointer` names it in the body."""

    material_id: str
    identifier: str
    pointer: str


def of_own(principal: Principal, item: Item, now: datetime) -> list[Offer]:
    """What the store holds of the caller for this item. One Query; it is his own to see."""
    access.require(principal, ACT, access.Resource(holder=principal.holder))
    return offers(item, principal.holder, now.date()) if principal.holder else []


def of_client(
    principal: Principal, item: Item, *, id_type: str, number: str, name: str, now: datetime
) -> Offers:
    """What the store holds of a clerk's client for this item; a line of the client's read log.

    Nothing is offered where the name does not belong to the number, so that a number alone tells a
    clerk nothing. Raises Forbidden for who takes in nothing at this point.
    """
    access.require(principal, ACT, access.Resource(point=principal.point))
    holder = holder_key(id_type, number)
    found = offers(item, holder, now.date())
    right = [each for each in found if _belongs(each.certificate, name, number)]
    if found:
        told = Offers(tuple(right), name_differs=not right)
        readlog.append(_line(service.actor_of(principal), holder, item, told, now))
        return told
    return Offers(())


def offers(
    item: Item, holder: str, day: date, wanted: Collection[str] | None = None
) -> list[Offer]:
    """The materials of `item` that the store holds for `holder`, in the item's order: one Query.

    `wanted` narrows it to these material ids. Of an any-of group only the first that is held is
    offered: no more is read than is needed.
    """
    asked = [m for m in item.materials if _findable(m) and (wanted is None or m.id in wanted)]
    codes = {m.certificate_type for m in asked if m.certificate_type}
    held = service.best_held(holder, codes, day) if codes else {}
    found: list[Offer] = []
    groups: set[str] = set()
    for material in asked:
        certificate = held.get(material.certificate_type or "")
        group = material.alternative_group
        if certificate is None or group in groups:
            continue
        if group is not None:
            groups.add(group)
        found.append(Offer(material, certificate))
    return found


def attached(
    item: Item, references: Iterable[Reference], holder: str, day: date
) -> tuple[dict[str, Certificate], list[FieldError]]:
    """The certificates that an application attaches, by identifier, and every one that will not do.

    One consistent GetItem each, so that what was revoked a moment ago is not taken. Another
    person's certificate and one that does not exist are refused in the same words.
    """
    found: dict[str, Certificate] = {}
    errors: list[FieldError] = []
    for each in references:
        certificate = _find(each.identifier)
        why = _unfit(item.material(each.material_id), certificate, holder, day)
        if why is not None:
            errors.append(FieldError(each.pointer, why))
        elif certificate is not None:
            found[each.identifier] = certificate
    return found, errors


def source_of(certificate: Certificate) -> dict[str, Any]:
    """Where a material came from, as a case's log keeps it: nothing of the holder."""
    return {
        "name": certificate.name,
        "issuer": certificate.issuer_name,
        "issued_on": certificate.issued_on.isoformat(),
        "valid_to": certificate.valid_to.isoformat() if certificate.valid_to else None,
        "grade": certificate.grade.value,
    }


def asked_for(item: Item, missing: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The certificate type of each entry of a correction notice that names a material, by pointer."""
    asked = {}
    for position, entry in enumerate(missing):
        material = item.material(entry.get("material_id") or "")
        if material is not None and material.certificate_type and _findable(material):
            asked[f"/missing/{position}/material_id"] = material.certificate_type
    return asked


def _findable(material: Material) -> bool:
    return material.certificate_type is not None and material.holder_role == OWN_ROLE


def _find(identifier: str) -> Certificate | None:
    try:
        return store.find(identifier, consistent=True)
    except ValueError:
        return None


def _unfit(
    material: Material | None, certificate: Certificate | None, holder: str, day: date
) -> str | None:
    if material is None:
        return None  # the material's own field says so
    if material.certificate_type is None:
        return f"“{material.name}”不能用电子证照代替,请上传文件。"
    if certificate is None or certificate.holder != holder:
        return "证照库中没有申请人的这个证照,请核对证照标识。"
    if certificate.type_code != material.certificate_type:
        return f"“{certificate.name}”不是“{material.name}”所要的证照。"
    if not status.usable(certificate, day):
        label = status.label(certificate, day)
        return f"“{certificate.name}”现在是“{label}”,不能作为申请材料。"
    if not certificate.grade.satisfies_material:
        return f"“{certificate.name}”未经颁发机构确认,不能代替申请材料。"
    if types.in_force(certificate.type_code).share_class is ShareClass.NOT_SHARED:
        return f"“{certificate.name}”不予共享,请上传文件。"
    return None


def _belongs(certificate: Certificate, name: str, number: str) -> bool:
    return checks.answer(open_sealed(certificate), Belongs(name, number))


def _line(actor: Actor, holder: str, item: Item, told: Offers, now: datetime) -> Line:
    return Line(
        at=now,
        act=ACT,
        outcome=Outcome.NO if told.name_differs else Outcome.GIVEN,
        reader=actor,
        purpose=f"收件时查找可以免交的证照:{item.name}",
        case_no=None,
        holder=holder,
        identifiers=tuple(each.certificate.identifier for each in told.items),
        fields=Belongs(name="", number="").fields,
        reason="所填姓名与证照不一致" if told.name_differs else "",
    )
