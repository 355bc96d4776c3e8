"""Drafts 草稿: what a citizen has filled in and not yet handed in, kept sealed for thirty days.

A draft is the form's own state and nothing checks it: that is what submission does. It lives as long
as the tokens of the documents that it names, and whoever saves last is right: a person who changes
from the phone to the computer goes on where he was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist
from pynamodb.models import Model

from chalicelib.aws.sealing import seal, unseal
from chalicelib.aws.tables import TableMeta
from chalicelib.cases.store import CaseItem
from chalicelib.catalogue import service as catalogue
from chalicelib.core.errors import NotFound
from chalicelib.core.principal import Principal
from chalicelib.core.time import SystemClock, from_text, to_text

KEPT: Final = timedelta(days=30)
"""As long as an uploaded document may still be handed in."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft: of which item, when saved, until when kept (real time), and the form's state."""

    item_code: str
    item_name: str
    saved_at: datetime
    expires_at: datetime
    content: Mapping[str, Any]


class DraftItem(Model):
    """`DRAFT#<account, hashed>` / item code; the table's time to live removes it."""

    class Meta(TableMeta):
        table_name = CaseItem.Meta.table_name

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    at = UnicodeAttribute()
    row = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    expires_at = TTLAttribute()


def _pk(principal: Principal) -> str:
    return f"DRAFT#{hashlib.blake2s(principal.account.encode(), digest_size=16).hexdigest()}"


def _context(pk: str, item_code: str) -> str:
    return f"{pk}:{item_code}"


def _shown(item: DraftItem) -> Draft:
    return Draft(
        item.sk,
        item.row,
        from_text(item.at),
        item.expires_at,
        unseal(item.sealed, _context(item.pk, item.sk)),
    )


def save(principal: Principal, item_code: str, content: Mapping[str, Any], now: datetime) -> Draft:
    """Keep the draft in place of the one before. Raises NotFound for an item that is not there."""
    item, pk = catalogue.item_in_force(item_code), _pk(principal)
    kept = DraftItem(
        pk,
        item.code,
        at=to_text(now),
        row=item.name,
        sealed=seal(content, _context(pk, item.code)),
        expires_at=(SystemClock().now() + KEPT).astimezone(UTC).replace(microsecond=0),
    )
    kept.save()
    return _shown(kept)


def read(principal: Principal, item_code: str) -> Draft:
    """The caller's draft for an item. Raises NotFound where there is none, or no longer."""
    try:
        found = DraftItem.get(_pk(principal), item_code, consistent_read=True)
    except DoesNotExist:
        raise NotFound("没有这个事项的草稿。") from None
    # Time to live removes within days, not at once.
    if found.expires_at <= SystemClock().now():
        raise NotFound("草稿已超过 30 天,请重新填写。")
    return _shown(found)


def own(principal: Principal) -> list[Draft]:
    """The caller's drafts, the last saved first. Nobody has more than there are items."""
    now = SystemClock().now()
    drafts = [_shown(item) for item in DraftItem.query(_pk(principal)) if item.expires_at > now]
    return sorted(drafts, key=lambda draft: draft.saved_at, reverse=True)


def drop(principal: Principal, item_code: str) -> None:
    """Throw the draft away; one that is not there is as good."""
    DraftItem(_pk(principal), item_code).delete()
