"""What the exchange room's HTTP takes and gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from chalicelib.aws.documents import download_url
from chalicelib.exchange.deliveries import Delivery
from chalicelib.exchange.model import CASE_CLOCK, Inquiry, ReplyClass, State
from chalicelib.exchange.service import Candidate, Opened
from chalicelib.exchange.subscriptions import DeliveryState, Subscription
from chalicelib.http.schema import Input, Output, PageQuery
from chalicelib.network import service as network


class QuestionBody(Input):
    asked: Annotated[str, Field(max_length=40, description="向哪个单位征询")]
    case_no: Annotated[str, Field(max_length=40, description="办件编号")]
    topic: Annotated[str, Field(max_length=200, description="征询事由,数个字")]
    text: Annotated[str, Field(max_length=5000, description="征询内容")]
    reply_class: Annotated[str, Field(max_length=40, description="答复时限类别")] = "conditional"
    certificate_type: Annotated[str | None, Field(max_length=21)] = None


class AnswerBody(Input):
    text: Annotated[str, Field(max_length=5000)]
    evidence: Annotated[list[str], Field(max_length=20, description="已上传文件的标识")] = Field(
        default_factory=list
    )


class WithdrawalBody(Input):
    reason: Annotated[str, Field(max_length=5000)]


class InquiryQuery(PageQuery):
    box: Literal["asked", "asking"] = "asked"
    state: State = State.OPEN


class InquiryShown(Output):
    """An inquiry without its words: its course, and whose turn it is."""

    id: str
    version: int
    state: State
    asking: str
    asking_name: str
    asked: str
    asked_name: str
    case_no: str
    topic: str
    reply_class: str
    asked_on: str
    due_on: str
    answered_at: str | None
    raised: list[str]
    case_clock: Annotated[str, Field(description="征询对办件时限的影响")] = CASE_CLOCK

    @classmethod
    def of(cls, inquiry: Inquiry) -> InquiryShown:
        return cls(**_course(inquiry))


class InquiryOpened(InquiryShown):
    """With its words, for the two bodies."""

    text: str | None
    answer: str | None
    evidence: list[dict[str, Any]]

    @classmethod
    def opened(cls, opened: Opened) -> InquiryOpened:
        return cls(
            **_course(opened.inquiry),
            text=opened.question,
            answer=opened.answer,
            evidence=[
                {
                    "name": each["name"],
                    "url": download_url(each["key"], each["content_type"], "evidence"),
                }
                for each in opened.evidence
            ],
        )


class Inquiries(Output):
    items: list[InquiryShown]
    next_cursor: str | None = None


class CandidateShown(Output):
    asked: str
    asked_name: str
    topic: str
    times: int
    askers: list[str]
    known_type: str | None

    @classmethod
    def of(cls, candidate: Candidate) -> CandidateShown:
        return cls(
            asked=candidate.asked,
            asked_name=network.organisation(candidate.asked).name,
            topic=candidate.topic,
            times=candidate.times,
            askers=list(candidate.askers),
            known_type=candidate.known_type,
        )


class Candidates(Output):
    items: list[CandidateShown]
    next_cursor: str | None = None


class ReplyClassShown(Output):
    key: str
    label: str
    working_days: int
    source: str
    confidence: str

    @classmethod
    def of(cls, limit: ReplyClass) -> ReplyClassShown:
        return cls(
            key=limit.key,
            label=limit.label,
            working_days=limit.working_days,
            source=limit.source,
            confidence=limit.confidence,
        )


class ReplyClasses(Output):
    items: list[ReplyClassShown]
    next_cursor: str | None = None


class SubscriptionBody(Input):
    types: Annotated[list[str], Field(max_length=50, description="事件类型")]
    url: Annotated[str, Field(max_length=500, description="接收地址 (https)")]


class SubscriptionShown(Output):
    id: str
    audience: str
    types: list[str]
    url: str
    created_at: str
    secret: str | None = None

    @classmethod
    def of(cls, subscription: Subscription, secret: str | None = None) -> SubscriptionShown:
        return cls(
            id=subscription.id,
            audience=subscription.audience,
            types=list(subscription.types),
            url=subscription.url,
            created_at=subscription.created_at,
            secret=secret,
        )


class Subscriptions(Output):
    items: list[SubscriptionShown]
    next_cursor: str | None = None


class DeliveryQuery(PageQuery):
    state: DeliveryState = DeliveryState.DEAD


class DeliveryShown(Output):
    key: str
    message_id: str
    type: str
    state: DeliveryState
    attempts: int
    reason: str

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryShown:
        return cls(
            key=delivery.key,
            message_id=delivery.message_id,
            type=str(delivery.event.get("type", "")),
            state=delivery.state,
            attempts=delivery.attempts,
            reason=delivery.reason,
        )


class Deliveries(Output):
    items: list[DeliveryShown]
    next_cursor: str | None = None


class RedeliveryBody(Input):
    key: Annotated[str, Field(max_length=400)]


class ReplayBody(Input):
    since: AwareDatetime
    until: AwareDatetime


class ReplayShown(Output):
    replay: str
    since: datetime
    until: datetime


def _course(inquiry: Inquiry) -> dict[str, Any]:
    return {
        "id": inquiry.id,
        "version": inquiry.version,
        "state": inquiry.state,
        "asking": inquiry.asking,
        "asking_name": network.organisation(inquiry.asking).name,
        "asked": inquiry.asked,
        "asked_name": network.organisation(inquiry.asked).name,
        "case_no": inquiry.case_no,
        "topic": inquiry.topic,
        "reply_class": inquiry.reply_class,
        "asked_on": inquiry.asked_on.isoformat(),
        "due_on": inquiry.due_on.isoformat(),
        "answered_at": inquiry.answered_at,
        "raised": list(inquiry.raised),
    }
