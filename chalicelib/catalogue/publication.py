"""The published catalogue as a whole: one edition, its search index, and the open-data downloads.

An edition is made after every change of what is in force. It has a number, and a hash of its
content: the same content is the same edition. The search index lies in the room's table, in
compressed pieces; the downloads lie in S3, where their size does not matter to a Lambda function.
"""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from pynamodb.exceptions import PutError

from chalicelib.aws import documents
from chalicelib.aws.settings import settings
from chalicelib.catalogue import store
from chalicelib.catalogue.memory import remembers
from chalicelib.catalogue.model import Item, State
from chalicelib.catalogue.search import SearchIndex
from chalicelib.catalogue.store import Row, shelf_key
from chalicelib.core.errors import NotFound, StaleVersion
from chalicelib.core.jsontext import compact
from chalicelib.core.time import from_text, to_text

CACHED_SECONDS = 60.0
PIECE_BYTES = 350_000
"""Below DynamoDB's 400 KB an item, with room for the keys."""
MOST_TRIES = 3
FORMATS = {"json": "application/json", "csv": "text/csv"}


@dataclass(frozen=True, slots=True)
class Edition:
    """One published edition: its number, the SHA-256 of its content and of its index."""

    number: int
    content_hash: str
    index_hash: str
    items: int
    at: datetime
    replaced: str = ""
    """The index of the edition before, which readers may still ask for during a minute."""

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "content_hash": self.content_hash,
            "index_hash": self.index_hash,
            "items": self.items,
            "at": to_text(self.at),
            "replaced": self.replaced,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Edition:
        return cls(**(dict(raw) | {"at": from_text(raw["at"])}))


def publish(now: datetime) -> Edition:
    """Publish what is in force at `now`. The same content again is the same edition.

    Two publishers at once: the slower one looks again, and finds its content published or newer
    content to publish. Raises StaleVersion where that happens over and over.
    """
    for _ in range(MOST_TRIES):
        before = _read_head()
        edition, write = _make(before, now)
        if edition == before:
            return edition
        write()
        if _put_head(edition, before):
            forget()
            return edition
    raise StaleVersion("目录正在被他人发布,请稍后再试")


def _make(before: Edition | None, now: datetime) -> tuple[Edition, Callable[[], None]]:
    """The edition of what is in force, and how to write its parts; `before` itself if no different.

    The parts are named for their content, so publishers of different content cannot mix theirs.
    """
    # The writers need pinyin and the csv module, which no reader does.
    from chalicelib.catalogue.indexing import build_index  # noqa: PLC0415
    from chalicelib.catalogue.writing import canonical, digest, to_csv, to_document  # noqa: PLC0415

    items = [item for item in in_force(now) if item.state is State.IN_USE]
    content = to_document(items, store.bodies(), store.certificate_types())
    content_hash = digest(canonical(content))
    index = canonical_index(build_index(items), content_hash)
    index_hash = digest(index)
    if before and (before.content_hash, before.index_hash) == (content_hash, index_hash):
        return before, lambda: None
    edition = Edition(
        number=before.number + 1 if before else 1,
        content_hash=content_hash,
        index_hash=index_hash,
        items=len(items),
        at=now,
        replaced=before.index_hash if before else "",
    )

    def write() -> None:
        head = {"edition": edition.number, "hash": content_hash, "published_at": to_text(now)}
        _put_index(index_hash, index)
        _put_download(edition, "json", canonical(head | content))
        _put_download(edition, "csv", to_csv(items).encode())

    return edition, write


def canonical_index(document: Mapping[str, Any], content_hash: str) -> bytes:
    """The index as it is stored and sent: `hash` names the catalogue that it was built from."""
    return compact({"hash": content_hash, **document}).encode()


def in_force(now: datetime) -> Iterator[Item]:
    """Every item in force at an instant, by code: a walk over the shelf that holds them all."""
    after: str | None = None
    while True:
        summaries, after = store.read_shelf(shelf_key(), 100, after)
        standings = store.standings([each["code"] for each in summaries])
        for summary in summaries:
            standing = standings.get(summary["code"])
            item = None if standing is None or standing.closed else standing.at(now)
            if item is not None:
                yield item
        if after is None:
            return


def current() -> Edition:
    """The edition that is published: one GetItem a minute in a process. Raises NotFound."""
    now = time.monotonic()
    kept = _kept.get("head")
    if kept is None or kept[0] <= now:
        head = _read_head()
        if head is None:
            raise NotFound("目录尚未发布")
        kept = _kept["head"] = (now + CACHED_SECONDS, head)
    return kept[1]


def index_text(edition: Edition) -> str:
    """The search index of an edition, as it was stored."""
    return _index_text(edition.index_hash)


def search_index(edition: Edition) -> SearchIndex:
    """The same, made ready to search."""
    return _search_index(edition.index_hash)


def download_link(edition: Edition, form: str) -> str:
    """A short-lived address of a download. Raises NotFound for another form than json and csv."""
    if form not in FORMATS:
        raise NotFound("只提供 json 和 csv 两种格式")
    key = f"{documents.DOCUMENTS}/{download_key(edition, form)}"
    return documents.download_url(key, FORMATS[form], f"catalogue-{edition.number}")


def download_key(edition: Edition, form: str) -> str:
    return f"open-data/catalogue/{edition.number:06d}-{edition.content_hash[:12]}.{form}"


@remembers
def forget() -> None:
    """Empty this process's memory of what is published."""
    _kept.clear()
    _index_text.cache_clear()
    _search_index.cache_clear()


_kept: dict[str, tuple[float, Edition]] = {}


def _read_head() -> Edition | None:
    try:
        row = Row.get("PUBLICATION", "HEAD", consistent_read=True)
    except Row.DoesNotExist:
        return None
    return Edition.from_dict(row.body)


def _put_head(edition: Edition, before: Edition | None) -> bool:
    """Make it the published edition, unless somebody else published meanwhile."""
    row = Row("PUBLICATION", "HEAD", body=edition.to_dict(), version=edition.number)
    seen = Row.pk.does_not_exist() if before is None else Row.version == before.number
    try:
        row.save(condition=seen)
    except PutError as refused:
        if refused.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    if before is not None and before.replaced not in ("", edition.index_hash, before.index_hash):
        store.delete_all(list(Row.query(_index_pk(before.replaced))))
    return True


@lru_cache(maxsize=1)
def _index_text(index_hash: str) -> str:
    pieces = [row.blob for row in Row.query(_index_pk(index_hash))]
    return gzip.decompress(b"".join(pieces)).decode()


@lru_cache(maxsize=1)
def _search_index(index_hash: str) -> SearchIndex:
    return SearchIndex(json.loads(_index_text(index_hash)))


def _put_index(index_hash: str, index: bytes) -> None:
    packed = gzip.compress(index, 9, mtime=0)
    store.write_all(
        Row(_index_pk(index_hash), f"INDEX#{number:03d}", body={}, blob=piece)
        for number, piece in enumerate(
            packed[at : at + PIECE_BYTES] for at in range(0, len(packed), PIECE_BYTES)
        )
    )


def _index_pk(index_hash: str) -> str:
    return f"PUBLICATION#{index_hash[:32]}"


def _put_download(edition: Edition, form: str, content: bytes) -> None:
    if settings().documents_bucket:
        documents.store(download_key(edition, form), content, FORMATS[form])
