"""What each document of a case says, event by event; pure. The kinds with their articles first."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from chalicelib.cases.intake import sha256_of
from chalicelib.cases.lifecycle import REMEDIES
from chalicelib.cases.model import Channel, Outcome
from chalicelib.catalogue.model import Item
from chalicelib.core.events import Event
from chalicelib.core.limits import Limit, SuspensionKind

_BRACKET: Final = re.compile("[(\uff08]")

LICENCE: Final = "01"
"""行政许可 in the task types of GB/T 39046."""

CHANNEL_NAMES: Final[Mapping[Channel, str]] = {
    Channel.ORIGIN_WINDOW: "原收件网点直接送达",
    Channel.WINDOW: "窗口直接送达",
    Channel.COURIER: "邮寄送达",
    Channel.ELECTRONIC: "电子送达",
}
SIGNATURE_LINE: Final = "签收人签名:____________  日期:____年__月__日"
RECEIVER_NAMES: Final[Mapping[str, str]] = {
    "applicant": "申请人本人",
    "agent": "代办人",
    "courier": "快递收件人",
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document: two letters for its number, its title, the article that asks for it."""

    code: str
    title: str
    article: str


RECEIPT: Final = Kind("SJ", "收件回执", "第三十二条")
SUPPLEMENT_RECEIPT: Final = Kind("BH", "补正材料收件回执", "第三十二条")
ACCEPTANCE: Final = Kind("SL", "受理通知书", "第三十二条第一款第(五)项、第二款")
DEEMED_ACCEPTANCE: Final = Kind("SL", "受理通知书", "第三十二条第一款第(四)项")
CORRECTION: Final = Kind("BZ", "一次性补正告知书", "第三十二条第一款第(四)项")
NOT_REQUIRED: Final = Kind("BS", "不受理告知书", "第三十二条第一款第(一)项")
NOT_COMPETENT: Final = Kind("BY", "不予受理决定书", "第三十二条第一款第(二)项")
EXTENSION: Final = Kind("YQ", "延长办理期限告知书", "第四十二条")
PROCEDURE_TIME: Final = Kind("TB", "特别程序时间告知书", "第四十五条")
HEARING_RIGHT: Final = Kind("TQ", "听证权利告知书", "第四十七条")
HEARING: Final = Kind("TZ", "听证通知书", "第四十八条")
GRANT: Final = Kind("ZY", "准予决定书", "第三十八条第一款")
TACIT_RENEWAL: Final = Kind("ZY", "准予决定书", "第五十条")
REFUSAL: Final = Kind("BX", "不予决定书", "第三十八条第二款")
DELIVERY: Final = Kind("SD", "送达回证", "第四十四条")
RETURN: Final = Kind("TJ", "退件通知书", "第三十二条")


def day_in_words(day: date) -> str:
    """`2026年3月2日`."""
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass(frozen=True, slots=True)
class Matter:
    """What a document may speak of besides its event: the item, and what happened before."""

    item: Item
    before: Sequence[Event]

    @property
    def name(self) -> str:
        return f"“{self.item.name}”"

    @property
    def body(self) -> str:
        """The body that acts: the item's, or after 上报 the one that the case went up to."""
        upper = next((e.data["to"] for e in self.before if e.type == "case.forwarded"), None)
        return f"{self.item.deciding_level}审批机关({upper})" if upper else self.item.body_name

    def basis(self, kind: Kind) -> str:
        if self.item.type_code == LICENCE:
            return f"根据《中华人民共和国行政许可法》{kind.article}"
        # The catalogue notes limits in brackets behind the name of the law.
        return f"根据{_BRACKET.split(self.item.statutory.basis)[0].strip()}"

    def material(self, material_id: str | None) -> str:
        known = self.item.material(material_id) if material_id else None
        return known.name if known else ""

    def latest(self, kind: str) -> Event | None:
        return next((e for e in reversed(self.before) if e.type == kind), None)


Written = tuple[Kind, tuple[str, ...]]


def _received(matter: Matter, event: Event) -> Iterator[Written]:
    data, item = event.data, matter.item
    where = f"网点({data['origin']})" if data.get("origin") else "网上"
    owed = "、".join(matter.material(each) for each in data.get("owed", ()))
    yield (
        RECEIPT,
        (
            f"您于{_moment(event)}通过{where}提交的{matter.name}申请已收到。",
            *_handed_in(matter, data.get("materials", ())),
            *((f"容缺材料(受理后按期补交):{owed}。",) if owed else ()),
            f"承诺办理时限:{_in_words(item.promise)}"
            f"(自{'收件' if item.sunk else '受理'}之日起,当日不计)。",
            "材料不齐全或者不符合法定形式的,将在五个工作日内一次性告知需要补正的全部内容;"
            "逾期不告知的,自收到申请材料之日起即为受理。",
        ),
    )


def _supplemented(matter: Matter, event: Event) -> Iterator[Written]:
    yield (
        SUPPLEMENT_RECEIPT,
        (
            f"您于{_moment(event)}提交的{matter.name}补正材料已收到。",
            *_handed_in(matter, event.data["materials"]),
        ),
    )


def _handed_in(matter: Matter, materials: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield f"收到材料{len(materials)}份:"
    for place, entry in enumerate(materials, start=1):
        name = matter.material(entry["id"]) or entry["id"]
        if entry.get("certificate"):
            yield f"{place}. {name}:取自证照库,证照标识 {entry['certificate']}"
        else:
            yield f"{place}. {name}:{entry.get('size', 0)} 字节,SHA-256 {sha256_of(entry)}"


def _accepted(matter: Matter, event: Event) -> Iterator[Written]:
    accepted_on = day_in_words(date.fromisoformat(event.data["accepted_on"]))
    item = matter.item
    limits = (
        f"本事项法定办理时限:{_in_words(item.statutory.limit)}"
        f"(自{item.statutory.origin_text}之日起,当日不计);承诺办理时限:{_in_words(item.promise)}。"
    )
    if event.data.get("deemed"):
        silent = f"您提交的{matter.name}申请,本机关逾期未告知需要补正的内容。"
        words = f"{matter.basis(DEEMED_ACCEPTANCE)},自{accepted_on}起即为受理。"
        yield DEEMED_ACCEPTANCE, (silent, words, limits)
    else:
        words = f"{matter.basis(ACCEPTANCE)},您提交的{matter.name}申请已于{accepted_on}受理。"
        yield ACCEPTANCE, (words, limits)


def _correction(matter: Matter, event: Event) -> Iterator[Written]:
    missing = []
    for place, entry in enumerate(event.data["missing"], start=1):
        material = matter.material(entry.get("material_id"))
        missing.append(
            f"{place}. {material}:{entry['text']}" if material else _numbered(place, entry)
        )
    yield (
        CORRECTION,
        (
            f"您提交的{matter.name}申请材料不齐全或者不符合法定形式。"
            f"{matter.basis(CORRECTION)},现一次性告知需要补正的全部内容:",
            *missing,
            f"以上共{len(missing)}项,为需要补正的全部内容,本机关不再提出其他补正要求。",
        ),
    )


def _numbered(place: int, entry: Mapping[str, str]) -> str:
    return f"{place}. {entry['text']}"


def _rejected(matter: Matter, event: Event) -> Iterator[Written]:
    data = event.data
    if data["kind"] == Outcome.NOT_REQUIRED:
        words = f"您申请的{matter.name}依法不需要办理,{matter.basis(NOT_REQUIRED)},不受理您的申请。"
        yield NOT_REQUIRED, (words, f"理由:{data['reason']}", REMEDIES)
    else:
        words = (
            f"您申请的{matter.name}依法不属于本机关职权范围,"
            f"{matter.basis(NOT_COMPETENT)},决定不予受理。"
        )
        where = f"请向{data['where_to']}申请。"
        yield NOT_COMPETENT, (words, f"理由:{data['reason']}", where, REMEDIES)


def _extended(matter: Matter, event: Event) -> Iterator[Written]:
    longer = Limit.decode(event.data["limit"]).text
    words = (
        f"{matter.basis(EXTENSION)},经本机关负责人批准,您申请的{matter.name}延长办理期限{longer}。"
    )
    yield EXTENSION, (words, f"延长的理由:{event.data['reason']}", "办理期限只延长一次。")


def _procedure_started(matter: Matter, event: Event) -> Iterator[Written]:
    data = event.data
    if data["stops"]:
        yield (
            PROCEDURE_TIME,
            (
                f"您申请的{matter.name}依法需要{data['name']},"
                f"{matter.basis(PROCEDURE_TIME)},所需时间不计入办理期限。",
                f"开始日期:{day_in_words(date.fromisoformat(data['started_on']))};"
                f"所需时间:{data['expected_days']}日,"
                f"预计于{day_in_words(date.fromisoformat(data['expected_on']))}结束。",
                f"理由和依据:{data['reason']}",
                str(data["notice"]),
            ),
        )
    if data["kind"] == SuspensionKind.HEARING:
        held_on = day_in_words(date.fromisoformat(data["held_on"]))
        words = f"{matter.basis(HEARING)},您申请的{matter.name}定于{held_on}举行听证。"
        yield HEARING, (words, str(data.get("notice", "")), "申请人不承担组织听证的费用。")


def _hearing_offered(matter: Matter, event: Event) -> Iterator[Written]:
    words = (
        f"{matter.basis(HEARING_RIGHT)},您申请的{matter.name}在作出决定前,您享有要求听证的权利。"
    )
    yield HEARING_RIGHT, (words, f"{event.data['right']}。")


def _granted(matter: Matter, event: Event) -> Iterator[Written]:
    item = matter.item
    result = item.result.name if item.result else item.outcome
    given = f"准予的内容:{result}。" if result else ""
    if event.data.get("deemed"):
        words = f"{matter.basis(TACIT_RENEWAL)},您申请的{matter.name}视为准予延续。"
        yield _for(item, TACIT_RENEWAL, "准予"), (words, str(event.data["opinion"]), given)
        return
    words = f"您申请的{matter.name},经审查符合法定条件、标准。{matter.basis(GRANT)},决定准予。"
    issued = "有关证照自作出决定之日起十个工作日内颁发、送达。" if item.result else ""
    yield _for(item, GRANT, "准予"), (words, given, issued)


def _refused(matter: Matter, event: Event) -> Iterator[Written]:
    words = f"您申请的{matter.name},{matter.basis(REFUSAL)},决定不予。"
    reason = f"理由:{event.data['reason']}"
    yield _for(matter.item, REFUSAL, "不予"), (words, reason, str(event.data["remedies"]))


def _for(item: Item, kind: Kind, verb: str) -> Kind:
    """A licence's decision is called after what it is: 准予行政许可决定书."""
    if item.type_code == LICENCE:
        return Kind(kind.code, f"{verb}行政许可决定书", kind.article)
    return kind


def _delivered(matter: Matter, event: Event) -> Iterator[Written]:
    decided = next(
        (e for e in reversed(matter.before) if e.type in ("case.granted", "case.refused")), None
    )
    certificate = matter.latest("case.certificate_stored")
    sent = matter.latest("case.dispatched")
    channel = Channel(event.data["channel"])
    receiver = RECEIVER_NAMES.get(event.data.get("received_by", ""), "申请人电子账户")
    yield (
        DELIVERY,
        (
            f"您申请的{matter.name}办理结果已于{_moment(event)}送达。",
            *((f"决定日期:{day_in_words(decided.at.date())}",) if decided else ()),
            *((f"证照标识:{certificate.data['identifier']}",) if certificate else ()),
            f"送达方式:{CHANNEL_NAMES[channel]}",
            *((f"快递:{sent.data['courier']} {sent.data['tracking']}",) if sent else ()),
            f"签收人:{receiver}",
            *(() if channel is Channel.ELECTRONIC else (SIGNATURE_LINE,)),
        ),
    )


def _returned(matter: Matter, event: Event) -> Iterator[Written]:
    asked = matter.latest("case.correction_requested")
    told = f"本机关已于{day_in_words(asked.at.date())}一次性告知需要补正的内容。" if asked else ""
    words = f"您申请的{matter.name}未按告知补正,现予退件。"
    yield RETURN, (told, words, f"理由:{event.data['reason']}", "材料备齐后可以重新提出申请。")


WRITERS: Final[Mapping[str, Callable[[Matter, Event], Iterator[Written]]]] = {
    "case.received": _received,
    "case.supplemented": _supplemented,
    "case.accepted": _accepted,
    "case.correction_requested": _correction,
    "case.rejected": _rejected,
    "case.extended": _extended,
    "case.procedure_started": _procedure_started,
    "case.hearing_offered": _hearing_offered,
    "case.granted": _granted,
    "case.refused": _refused,
    "case.delivered": _delivered,
    "case.returned": _returned,
}


def _in_words(limit: Limit) -> str:
    return limit.text if limit.value else "即时办结"


def _moment(event: Event) -> str:
    return f"{day_in_words(event.at.date())}{event.at:%H:%M:%S}"
