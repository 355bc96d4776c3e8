"""The documents that the law wants: which event asks for which, and that each says what it must."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.cases import lifecycle
from chalicelib.cases.notices import addressee_of, notices
from chalicelib.core.limits import Limit, Unit
from tests.support.case_life import Life, calendar
from tests.support.dossiers import PERSON, item, long_life, received

NO = "410102-AAAAA-AAAAA-A"
LICENCE = item(type_code="01")
TEN_DAYS = Limit(10, Unit.WORKING_DAY)


def of(life: Life, of_item=None, masked: bool = False):
    events = [recorded.event for recorded in life.log]
    return notices(events, of_item or item(), addressee_of(PERSON, masked=masked))


def last(life: Life, of_item=None):
    return of(life, of_item)[-1]


def at_sign_off() -> Life:
    life = received()
    life.record(lifecycle.accept(life.case, life.act("a")), "acceptor")
    life.record(lifecycle.review(life.case, "材料齐全", "grant"), "reviewer")
    return life


def test_every_event_that_the_law_wants_on_paper_has_its_document():
    assert [(notice.seq, notice.kind, notice.title) for notice in of(long_life())] == [
        (1, "SJ", "收件回执"),
        (2, "BZ", "一次性补正告知书"),
        (3, "BH", "补正材料收件回执"),
        (4, "SL", "受理通知书"),
        (5, "TQ", "听证权利告知书"),
        (7, "TB", "特别程序时间告知书"),
        (9, "TB", "特别程序时间告知书"),
        (9, "TZ", "听证通知书"),
        (11, "YQ", "延长办理期限告知书"),
        (13, "ZY", "准予决定书"),
        (15, "SD", "送达回证"),
    ]


def test_a_number_names_case_kind_and_event_and_is_given_once():
    numbers = [notice.number for notice in of(long_life())]
    assert numbers[:2] == [f"{NO}-SJ001", f"{NO}-BZ002"]
    assert len(set(numbers)) == len(numbers)


def test_the_same_event_always_gives_the_same_bytes_whatever_follows():
    life = long_life()
    early = of_first(life, 5)
    assert [n.to_text().encode() for n in of(life)][: len(early)] == early


def of_first(life: Life, count: int) -> list[bytes]:
    events = [recorded.event for recorded in life.log[:count]]
    addressee = addressee_of(PERSON, masked=False)
    return [notice.to_text().encode() for notice in notices(events, item(), addressee)]


def test_every_document_is_dated_signed_and_addressed():
    for notice in of(long_life()):
        text = notice.to_text()
        assert f"编号:{notice.number}\n" in text
        assert "\n张三丰:\n" in text
        assert f"\n{item().body_name}\n2026年3月" in text
        assert "专用印章" in text
        assert notice.on.year == 2026


def test_the_addressee_is_masked_for_whoever_may_not_see_the_name():
    for notice in of(long_life(), masked=True):
        assert notice.addressee == "张*丰"
        assert "张三丰" not in notice.to_text()
    company = {**PERSON, "id_type": "001", "name": "某某有限公司"}
    assert addressee_of(company, masked=True) == "某某有限公司"


def test_the_identity_number_is_on_no_document():
    assert not any(PERSON["id_number"] in notice.to_text() for notice in of(long_life()))


def test_the_receipt_names_every_material_with_its_hash_and_what_is_owed():
    life = received(owed=["m2"])
    text = last(life).to_text()
    for entry in life.log[0].event.data["materials"]:
        assert (entry.get("key") or entry["certificate"]).rpartition("/")[2] in text
    assert "2026年3月2日10:00:00" in text
    assert f"容缺材料(受理后按期补交):{item().material('m2').name}。" in text


def test_the_correction_notice_names_everything_at_once():
    life = received()
    missing = [{"material_id": "m1", "text": "不清晰"}, {"text": "未签名"}, {"text": "缺日期"}]
    life.record(lifecycle.request_correction(life.case, life.act("a"), missing), "acceptor")
    text = last(life, LICENCE).to_text()
    assert "1. 申请人身份证:不清晰\n2. 未签名\n3. 缺日期\n以上共3项" in text
    assert "行政许可法》第三十二条第一款第(四)项" in text


def test_silence_is_told_as_acceptance_from_the_day_of_receipt():
    life = received()
    life.pass_days(8)
    assert life.log[-1].event.data["deemed"]
    deemed = next(notice for notice in of(life, LICENCE) if notice.kind == "SL")
    assert "逾期未告知" in deemed.to_text()
    assert "自2026年3月2日起即为受理" in deemed.to_text()
    assert deemed.on == date(2026, 3, 10)


def test_not_required_says_why():
    life = received()
    drafts = lifecycle.reject(life.case, "not_required", "已取消该事项", None)
    life.record(drafts, "acceptor")
    notice = last(life, LICENCE)
    assert (notice.title, notice.kind) == ("不受理告知书", "BS")
    assert "已取消该事项" in notice.to_text()


def test_not_competent_says_where_to_go_and_how_to_object():
    life = received()
    drafts = lifecycle.reject(life.case, "not_competent", "由市级办理", "市公安局")
    life.record(drafts, "acceptor")
    notice = last(life, LICENCE)
    assert notice.title == "不予受理决定书"
    assert "请向市公安局申请" in notice.to_text()
    assert lifecycle.REMEDIES in notice.to_text()


def test_an_extension_gives_its_length_and_its_reason():
    notice = next(n for n in of(long_life(), LICENCE) if n.kind == "YQ")
    assert "延长办理期限10个工作日" in notice.to_text()
    assert "延长的理由:案情复杂" in notice.to_text()
    assert "第四十二条" in notice.to_text()


def test_a_procedure_that_stops_the_clock_tells_the_time_needed():
    notice = next(n for n in of(long_life(), LICENCE) if n.kind == "TB")
    assert "第四十五条" in notice.to_text()
    assert "所需时间:10日,预计于2026年3月12日结束" in notice.to_text()
    assert "请予配合" in notice.to_text()


def test_a_procedure_that_does_not_stop_the_clock_needs_no_such_notice():
    life = received()
    life.record(lifecycle.accept(life.case, life.act("a")), "acceptor")
    before = len(of(life))
    drafts = lifecycle.start_procedure(life.case, life.act("r"), kind="site_visit", reason="核实")
    life.record(drafts, "reviewer")
    assert len(of(life)) == before


@pytest.mark.parametrize(
    ("of_item", "title"), [(item(type_code="07"), "不予决定书"), (LICENCE, "不予行政许可决定书")]
)
def test_a_refusal_gives_reasons_and_remedies(of_item, title):
    life = at_sign_off()
    drafts = lifecycle.sign_off(life.case, decision="refuse", reason="不符合居住年限")
    life.record(drafts, "chief")
    notice = last(life, of_item)
    assert notice.title == title
    assert "理由:不符合居住年限" in notice.to_text()
    assert lifecycle.REMEDIES in notice.to_text()


def test_what_is_no_licence_does_not_cite_the_licence_law():
    service = item(type_code="20")
    texts = [notice.to_text() for notice in of(long_life(), service)]
    assert not any("行政许可" in text for text in texts)
    assert any("根据居住证暂行条例" in text for text in texts)


def test_a_tacit_renewal_is_a_grant_that_says_so():
    concern = ["renewal", "1.2.156.3005.2.A.B.C.001.X", "2026-03-31"]
    life = Life(concern=concern)
    life.record(lifecycle.accept(life.case, life.act("a")), "acceptor")
    life.move_to(date(2026, 4, 1))
    life.record(lifecycle.renew_tacitly(life.case, life.act("s")), "system")
    notice = last(life, LICENCE)
    assert notice.kind == "ZY"
    assert "视为准予延续" in notice.to_text()
    assert "第五十条" in notice.to_text()


def test_what_is_returned_says_what_had_been_asked_for_and_why():
    life = received()
    missing = [{"text": "未签名"}]
    life.record(lifecycle.request_correction(life.case, life.act("a"), missing), "acceptor")
    life.record(lifecycle.return_case(life.case, "两个月未补正"), "acceptor")
    notice = last(life)
    assert (notice.kind, notice.title) == ("TJ", "退件通知书")
    assert "已于2026年3月2日一次性告知" in notice.to_text()
    assert "两个月未补正" in notice.to_text()


def test_a_delivery_by_courier_names_the_parcel_and_leaves_room_to_sign():
    life = Life(delivery={"channel": "courier"}, result=None)
    life.record(lifecycle.accept(life.case, life.act("a")), "acceptor")
    life.record(lifecycle.review(life.case, "齐全", "grant"), "reviewer")
    life.record(lifecycle.sign_off(life.case, decision="grant"), "chief")
    life.record(lifecycle.dispatch(life.case, courier="邮政", tracking="EA1"), "clerk")
    drafts = lifecycle.deliver(life.case, received_by="courier", channel=None)
    life.record(drafts, "clerk")
    text = last(life).to_text()
    assert "送达方式:邮寄送达" in text
    assert "快递:邮政 EA1" in text
    assert "签收人签名" in text


def test_after_forwarding_the_upper_body_writes():
    life = received()
    life.record(lifecycle.accept(life.case, life.act("a")), "acceptor")
    life.record(lifecycle.forward(life.case, to="city-ga", opinion="同意上报"), "reviewer")
    life.record(
        lifecycle.extend(
            life.case, life.act("s"), calendar(), allowed=TEN_DAYS, value=5, reason="上级审查"
        ),
        "chief",
    )
    assert of(life)[0].organisation == item().body_name
    assert "city-ga" in last(life).organisation


def test_what_only_concerns_the_office_is_on_no_document():
    life = at_sign_off()
    kinds = [notice.kind for notice in of(life)]
    life.record(lifecycle.send_back(life.case, "补充依据"), "chief")
    life.record(lifecycle.withdraw(life.case, ""), "citizen")
    assert [notice.kind for notice in of(life)] == kinds
