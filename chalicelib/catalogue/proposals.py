"""What a department proposes, made into a whole version and put to every check before it is filed.

What a reviewer must know stands in `checks`: the difference in words, what it does to open cases
and who will see it, which other units follow, and that no proof check alarms.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chalicelib.catalogue import list_store, ports, publication, store
from chalicelib.catalogue.changes import Action
from chalicelib.catalogue.differences import Difference, differences
from chalicelib.catalogue.document import read_item
from chalicelib.catalogue.enforcement import followers
from chalicelib.catalogue.gate import missing_for_publication
from chalicelib.catalogue.lists import ListKind, list_needed, off_the_list
from chalicelib.catalogue.model import Item, State
from chalicelib.catalogue.owners import owner_of
from chalicelib.catalogue.proof_checks import Finding, check, newly_found
from chalicelib.catalogue.proof_reading import of_items
from chalicelib.catalogue.samples import sample_for
from chalicelib.catalogue.stationing import STATUS_WORDS, SUNK_TIERS, status_of
from chalicelib.catalogue.store import Standing
from chalicelib.core.errors import Conflict, FieldError, InvalidInput, NotFound
from chalicelib.core.time import SHANGHAI
from chalicelib.network import service as network
from chalicelib.network.store import read_chiefs

STATE_AFTER: Mapping[Action, State] = {
    Action.SUSPEND: State.SUSPENDED,
    Action.RESUME: State.IN_USE,
    Action.CANCEL: State.CANCELLED,
}
PINNED = "在办件按受理时的版本办到底,条件、材料和时限不因本次变更改变。"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was asked: an action on an item, with its reason and its legal basis."""

    action: Action
    reason: str
    legal_basis: str
    item_code: str | None = None
    item: Mapping[str, Any] | None = None
    wished_on: date | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A proposal made whole: the version it would bring, and what the checks say."""

    item: Item
    base_version: int
    reviewers: tuple[tuple[ListKind, str], ...]
    checks: dict[str, Any]


def draft(proposal: Proposal, now: datetime) -> Drafted:
    """The version that a proposal would bring, checked.

    Raises InvalidInput with pointers below `/item` for what is wrong or missing, or asks for proofs
    that make no sense; NotFound and Conflict where the item is not there, or is in another state.
    """
    standing = _present(proposal)
    current = None if standing is None else standing.item
    item = _version(proposal, current)
    errors = [FieldError("/item", reason) for reason in missing_for_publication(item)]
    errors += _uncharged(item, current)
    if errors:
        raise InvalidInput("变更后的事项尚不能公布", errors)
    changed = differences(current, item) if current is not None else ()
    if current is not None and not changed:
        raise InvalidInput.at("/item", "与现行版本没有不同")
    new = proof_findings(item, list(publication.in_force(now)))
    if new:
        raise InvalidInput(
            "变更会带来不合理的证明要求",
            [
                FieldError(_pointer(finding), f"{finding.message};{finding.remedy}")
                for finding in new
            ],
        )
    return Drafted(
        item=item,
        base_version=0 if current is None else current.version,
        reviewers=_reviewers(item, current),
        checks={
            "differences": [each.to_dict() for each in changed],
            "summary": _summary(proposal.action, item, changed),
            "effect_on_open_cases": _effect(item),
            "seen_by": seen_by(item),
            "stationing": STATUS_WORDS[
                status_of(item.code, read_chiefs(item.body), None, now.astimezone(SHANGHAI).date())
            ],
            "following_units": [each.code for each in followers(item)],
        },
    )


def proof_findings(item: Item, in_force: Sequence[Item]) -> tuple[Finding, ...]:
    """The alarms that this version would add to the catalogue in force."""
    types = store.certificate_types()
    rest = [each for each in in_force if each.code != item.code]
    after = [*rest, item] if item.state is State.IN_USE else rest
    new = newly_found(check(of_items(in_force, types)), check(of_items(after, types)))
    return tuple(finding for finding in new if finding.is_alarm)


def _present(proposal: Proposal) -> Standing | None:
    if proposal.action is Action.CREATE:
        return None
    if proposal.item_code is None:
        raise InvalidInput.at("/item_code", "请写明要变更的事项编码")
    standing = store.find_standing(proposal.item_code)
    if standing is None:
        raise NotFound(f"目录中没有编码为{proposal.item_code}的事项")
    if standing.upcoming is not None:
        raise Conflict("该事项已有待生效的版本")
    return standing


def _version(proposal: Proposal, current: Item | None) -> Item:
    if current is not None and proposal.action in STATE_AFTER:
        state = STATE_AFTER[proposal.action]
        if current.state is state or current.state is State.CANCELLED:
            raise Conflict("事项已处于该状态或已取消")
        return replace(current, state=state, version=current.version + 1)
    if proposal.item is None:
        raise InvalidInput.at("/item", "请填写变更后的事项")
    types = {each.key: each for each in store.certificate_types()}
    bodies = {each.key: each for each in store.bodies()}
    asked = dict(proposal.item) | {
        "task_version": 1 if current is None else current.version + 1,
        "task_state": str(State.IN_USE),
    }
    asked.pop("public_disclosure_clause_11", None)
    item, errors = read_item(asked, bodies, types, sample_for, "/item")
    if item is None:
        raise InvalidInput("事项填写有误", errors)
    if current is None and store.find_standing(item.code) is not None:
        raise InvalidInput.at("/item/task_code", "目录中已有这个编码的事项")
    if current is not None and item.code != current.code:
        raise InvalidInput.at("/item/task_code", "变更不能改变事项编码;改编码应取消后新设")
    return item


def _uncharged(item: Item, current: Item | None) -> list[FieldError]:
    """Charges that stand on no list, unless this very change proposes them to the list's owner."""
    if current is not None and current.fee == item.fee:
        listed = list_store.find(ListKind.FEES, [fee.name for fee in item.fee.items])
        reasons = [off_the_list(fee, listed) for fee in item.fee.items]
        return [FieldError("/item/fee", reason) for reason in reasons if reason]
    return [
        FieldError(f"/item/fee/items/{index}/basis", "收费须写明法律、行政法规依据")
        for index, fee in enumerate(item.fee.items)
        if not fee.basis.strip()
    ]


def _reviewers(item: Item, current: Item | None) -> tuple[tuple[ListKind, str], ...]:
    """The lists that the change touches, each with the organisation that keeps it.

    The list that the item's kind needs, and the fee list where its charges change.
    """
    kinds = [list_needed(item)]
    before = () if current is None else current.fee.items
    if before != item.fee.items:
        kinds.append(ListKind.FEES)
    return tuple((kind, owner_of(kind)) for kind in kinds)


def _summary(action: Action, item: Item, changed: Sequence[Difference]) -> str:
    match action:
        case Action.CREATE:
            return f"新设事项“{item.name}”"
        case Action.SUSPEND:
            return f"暂停办理“{item.name}”"
        case Action.RESUME:
            return f"恢复办理“{item.name}”"
        case Action.CANCEL:
            return f"取消事项“{item.name}”"
        case Action.AMEND:
            return f"“{item.name}”:{';'.join(each.sentence for each in changed)}"


def _effect(item: Item) -> dict[str, Any]:
    """What becomes of open cases: nothing, for each is bound to the version it was opened under."""
    return {"kind": "none", "statement": PINNED, "open_cases": ports.open_cases(item.code)}


def seen_by(item: Item) -> list[str]:
    """Who will meet the new version: applicants, and the points that take the item in."""
    tiers = [SUNK_TIERS[level] for level in item.sunk_levels]
    points = [each for each in network.network().select() if each.takes(item.domain, tiers)]
    names = "、".join(point.name for point in points[:5])
    audience = "生效后新申请的申请人(检索、办事指南、网上申请)"
    if not points:
        return [audience]
    return [audience, f"{names}{'等' if len(points) > 5 else ''}共{len(points)}个网点的受理窗口"]


def _pointer(finding: Finding) -> str:
    """The first place below `/item` that a finding concerns; the item itself otherwise."""
    for pointer in finding.pointers:
        head, _, rest = pointer.lstrip("/").partition("/")
        if head in finding.items and rest.startswith("materials/m"):
            return f"/item/materials/{int(rest.removeprefix('materials/m')) - 1}"
    return "/item"
