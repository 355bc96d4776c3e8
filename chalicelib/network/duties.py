"""Duties of the document's body and annex, as permissions that authorisation reads (clause 1).

The access table says what a role may do, and where that takes a duty; which organisation a duty falls
to is data: when it moves to another, nothing is deployed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.core.errors import Conflict
from chalicelib.network.model import Organisation


class Duty(StrEnum):
    """What can fall to an organisation."""

    DECIDE = "leading_group.decide"
    MANAGE_NETWORK = "network.manage"
    MANAGE_PILOTS = "pilot.manage"
    MANAGE_APPRAISAL = "appraisal.manage"
    PUBLISH_CATALOGUE = "catalogue.publish"
    MANAGE_WINDOWS = "window.manage"
    CONDUCT_OF_POSTED = "posting.conduct"
    CONSENT_TO_TRANSFERS = "posting.consent"
    WATCH = "supervision.watch"
    REVIEW_POWERS = "list.power.review"
    REVIEW_RESPONSIBILITIES = "list.responsibility.review"
    REVIEW_BASIC_SERVICES = "list.basic_service.review"
    REVIEW_FEES = "list.fee.review"
    REVIEW_FUNDS = "list.fund.review"
    CONNECT_SYSTEMS = "network.connect"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a duty is called, where it comes from, and whether only one organisation holds it."""

    title: str
    source: str
    exclusive: bool = True


MEANINGS: dict[Duty, Meaning] = {
    Duty.DECIDE: Meaning("统筹决策政务服务体系建设", "一"),
    Duty.MANAGE_NETWORK: Meaning("管理服务网络、机构和网点", "一至三", exclusive=False),
    Duty.MANAGE_PILOTS: Meaning("组织试点和推广", "十七、十八", exclusive=False),
    Duty.MANAGE_APPRAISAL: Meaning("组织考核奖惩", "十五", exclusive=False),
    Duty.PUBLISH_CATALOGUE: Meaning("发布事项目录", "十一、十三"),
    Duty.MANAGE_WINDOWS: Meaning("管理窗口和大厅运行", "三、八"),
    Duty.CONDUCT_OF_POSTED: Meaning("派驻人员的日常管理", "十四"),
    Duty.CONSENT_TO_TRANSFERS: Meaning("派驻人员调整的事先审核", "十四", exclusive=False),
    Duty.WATCH: Meaning("电子监察", "十九"),
    Duty.REVIEW_POWERS: Meaning("审核权力清单", "附(一)"),
    Duty.REVIEW_RESPONSIBILITIES: Meaning("审核责任清单", "附(二)"),
    Duty.REVIEW_BASIC_SERVICES: Meaning("审核基本公共服务清单", "附(二)"),
    Duty.REVIEW_FEES: Meaning("审核行政事业性收费清单", "附(三)"),
    Duty.REVIEW_FUNDS: Meaning("审核政府性基金清单", "附(三)"),
    Duty.CONNECT_SYSTEMS: Meaning("建设统一服务网、对接部门系统", "附(四)"),
}


def holders(duty: Duty, organisations: Iterable[Organisation]) -> tuple[str, ...]:
    """The keys of the organisations to which `duty` falls now, in order."""
    return tuple(sorted(each.key for each in organisations if each.has_duty(duty)))


def check_duties(candidate: Organisation, organisations: Iterable[Organisation]) -> None:
    """Raises Conflict where an exclusive duty would have two holders at a time."""
    others = [each for each in organisations if each.key != candidate.key]
    for duty in sorted(candidate.duties if candidate.active else ()):
        meaning = MEANINGS[Duty(duty)]
        present = holders(Duty(duty), others)
        if meaning.exclusive and present:
            raise Conflict(f"“{meaning.title}”已由“{present[0]}”承担,须先免除再指定")
