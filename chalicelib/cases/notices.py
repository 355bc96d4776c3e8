"""The documents that the law wants on paper, written from a case's log alone; pure.

Whatever the applicant must be told in writing follows from one event: its number from the case
number, the kind of document and the event's sequence number, its text from the log, the item's
pinned version and the sealed applicant data. The same event therefore always gives the same bytes,
and a document can be neither forgotten nor written afterwards. Nothing is counted here: limits are
quoted as the item's version sets them, dates only as the log recorded them.

Sources: 行政许可法 arts. 32, 38, 42, 44, 45, 47, 48; clause 10 of 中原政〔2016〕3号 for the receipt.
Items that are no 行政许可 follow the same forms, and cite their own basis instead of those articles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib.cases.intake import CITIZEN_NUMBER
from chalicelib.cases.notice_texts import WRITERS, Kind, Matter, day_in_words
from chalicelib.catalogue.model import Item
from chalicelib.core.events import Event
from chalicelib.core.masking import mask_name


@dataclass(frozen=True, slots=True)
class Notice:
    """One document: numbered, dated, by whom, to whom, in paragraphs.

    `on` is the day of the event in Asia/Shanghai; `addressee` is masked where the reader may not
    see the applicant's name.
    """

    number: str
    kind: str
    title: str
    on: date
    seq: int
    organisation: str
    addressee: str
    paragraphs: tuple[str, ...]

    @property
    def seal_note(self) -> str:
        """What vouches for the document (art. 32: a dedicated seal and the date)."""
        return (
            f"纸质文书须加盖{self.organisation}专用印章;"
            "电子文书以卷宗清单的数字签名为准,可离线核验。"
        )

    def to_text(self) -> str:
        """The document as plain text, for the archive and for readers without a browser."""
        lines = (
            self.title,
            f"编号:{self.number}",
            "",
            f"{self.addressee}:",
            *self.paragraphs,
            "",
            self.organisation,
            day_in_words(self.on),
            "",
            self.seal_note,
        )
        return "\n".join(lines) + "\n"


def number_of(case_no: str, kind: Kind, seq: int) -> str:
    """`410102-7K3M9-QX24T-C-SL002`: the case, the kind, the event."""
    return f"{case_no}-{kind.code}{seq:03d}"


def addressee_of(person: Mapping[str, Any], *, masked: bool) -> str:
    """The applicant's name from the sealed data; an organisation's name is no personal data."""
    name = str(person["name"])
    return mask_name(name) if masked and person["id_type"] == CITIZEN_NUMBER else name


def notices(log: Iterable[Event], item: Item, addressee: str) -> list[Notice]:
    """Every document that the events of a case ask for, in their order.

    `item` is the version that the case is pinned to, `addressee` what `addressee_of` gave.
    """
    written: list[Notice] = []
    before: list[Event] = []
    for event in log:
        writer = WRITERS.get(event.type)
        matter = Matter(item, tuple(before))
        for kind, paragraphs in writer(matter, event) if writer else ():
            written.append(
                Notice(
                    number=number_of(event.subject, kind, event.seq),
                    kind=kind.code,
                    title=kind.title,
                    on=event.at.date(),
                    seq=event.seq,
                    organisation=matter.body,
                    addressee=addressee,
                    paragraphs=tuple(filter(None, paragraphs)),
                )
            )
        before.append(event)
    return written
