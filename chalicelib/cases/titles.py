"""What the events, roles and clocks of a case are called where citizens and clerks read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.cases.model import OUTCOME_NAMES, Outcome
from chalicelib.core.limits import ClockKind, Limit

EVENT_TITLES: Final[Mapping[str, str]] = {
    "case.received": "收件",
    "case.accepted": "受理",
    "case.corrected": "当场更正",
    "case.correction_requested": "一次性补正告知",
    "case.supplemented": "补正材料",
    "case.rejected": "不受理",
    "case.reviewed": "审查",
    "case.sent_back": "退回复审",
    "case.procedure_started": "启动特别程序",
    "case.procedure_finished": "特别程序结束",
    "case.hearing_offered": "告知听证权利",
    "case.hearing_requested": "申请听证",
    "case.hearing_waived": "逾期未申请听证",
    "case.extended": "延长办理期限",
    "case.granted": "签批:准予",
    "case.refused": "签批:不予",
    "case.certificate_stored": "制证入库",
    "case.printed": "打印结果",
    "case.dispatched": "快递寄出",
    "case.delivered": "送达办结",
    "case.withdrawn": "申请人撤回",
    "case.returned": "退件",
    "case.voided": "作废",
    "case.forwarded": "上报",
    "case.alert_raised": "时限提醒",
    "case.calendar_changed": "工作日历更新",
    "case.rated": "评价",
    "case.objected": "提出异议",
    "case.data_correction_requested": "申请更正个人信息",
    "case.data_corrected": "个人信息已更正",
    "case.data_correction_refused": "不予更正个人信息",
    "case.disposed": "按保管期限销毁",
}

CLOCK_NAMES: Final[Mapping[str, str]] = {
    ClockKind.ACCEPTANCE: "受理时限",
    ClockKind.PROMISE: "承诺时限",
    ClockKind.STATUTORY: "法定时限",
    ClockKind.DELIVERY: "送达时限",
}

STEP_NAMES: Final[Mapping[str, str]] = {
    "tolerance": "容缺补齐",
    "hearing_request": "申请听证",
    "hearing": "组织听证",
}

PERSONAL_FIELDS: Final[Mapping[str, str]] = {"name": "姓名", "phone": "手机号码", "address": "地址"}

RUNG_NAMES: Final[Mapping[str, str]] = {"warning": "预警", "yellow": "黄牌", "red": "红牌"}


def clock_name(clock: str) -> str:
    """`承诺时限`, or for the clock of a step the step's own name."""
    step = clock.partition(":")[2]
    return CLOCK_NAMES.get(clock, STEP_NAMES.get(step, step) + "时限")


def _how_accepted(data: Mapping[str, Any]) -> str:
    if data.get("on_the_spot"):
        return "当场受理"
    return f"逾期未告知,自收件之日 {data['accepted_on']} 起视为受理" if data.get("deemed") else ""


def summary_of(kind: str, data: Mapping[str, Any]) -> str:
    """One line that says what an event means to the applicant."""
    match kind:
        case "case.accepted":
            return _how_accepted(data)
        case "case.correction_requested":
            return "请补正:" + ";".join(entry["text"] for entry in data["missing"])
        case "case.rejected":
            where = f",请向{data['where_to']}申请" if data.get("where_to") else ""
            return f"{OUTCOME_NAMES[Outcome(data['kind'])]}:{data['reason']}{where}"
        case "case.procedure_started":
            paused = ",期间不计入办理时限" if data["stops"] else ",不影响办理时限"
            return f"{data['name']}{paused}"
        case "case.procedure_finished":
            return f"{data['name']}:{data['result']}"
        case "case.extended":
            return f"延长{Limit.decode(data['limit']).text}:{data['reason']}"
        case "case.refused":
            return f"{data['reason']} {data['remedies']}"
        case "case.certificate_stored":
            return f"证照标识 {data['identifier']}"
        case "case.alert_raised":
            rung, clock = RUNG_NAMES[data["rung"]], clock_name(data["clock"])
            return f"{clock}{rung}(应于 {data['due_on']} 前办结)"
        case "case.dispatched":
            return f"{data['courier']} {data['tracking']}"
        case "case.withdrawn" | "case.returned" | "case.voided" | "case.sent_back":
            return str(data.get("reason", ""))
        case _:
            return _about_the_person(kind, data)


def _about_the_person(kind: str, data: Mapping[str, Any]) -> str:
    """What happened to the person's own data, which fields by name only."""
    match kind:
        case "case.data_corrected" | "case.data_correction_requested":
            return "、".join(PERSONAL_FIELDS[field] for field in data["fields"])
        case "case.data_correction_refused":
            return str(data["reason"])
        case "case.disposed":
            return f"{data['basis']},个人信息和 {data['documents']} 份材料已销毁"
        case _:
            return ""
