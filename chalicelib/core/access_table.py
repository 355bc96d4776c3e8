"""The access table: every act of the platform, who may do it, how far, and on what condition.

An act that is not here is refused. `own` reaches what concerns the person, `point` what their
service point holds, `organisation` what their body decides, `district` everything; `when` adds
conditions (core/access_terms.py). The numbers are clauses of 中原政〔2016〕3号.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.access_terms import (
    APPOINTED,
    ASSURED,
    AT_COMPREHENSIVE_WINDOW,
    CONSENTS_TO_TRANSFERS,
    MANAGES_NETWORK,
    MANAGES_PILOTS,
    MANDATED,
    NOT_ACCEPTOR,
    NOT_ACCEPTOR_NOR_REVIEWER,
    NOT_SUNK,
    OWNS_LIST,
    REAL_NAME,
    Act,
    act,
    district,
    organisation,
    own,
    point,
    public,
)
from chalicelib.core.principal import (
    ACCEPTOR,
    ANYONE,
    CHIEF_REPRESENTATIVE,
    CITIZEN,
    DEPARTMENT_SYSTEM,
    ITEM_EDITOR,
    LIST_OWNER,
    OFFICE,
    REVIEWER,
    STATION_CLERK,
    SUPERVISOR,
    SYSTEM,
    WINDOW_CLERK,
)

CLERKS = (STATION_CLERK, WINDOW_CLERK)
DEPARTMENT = (ACCEPTOR, REVIEWER, CHIEF_REPRESENTATIVE)
STAFF = (*CLERKS, *DEPARTMENT)
WATCHERS = (SUPERVISOR, OFFICE)
EDITORS = (ITEM_EDITOR, LIST_OWNER)
SIGNED_IN = (CITIZEN, *STAFF, *WATCHERS, *EDITORS, DEPARTMENT_SYSTEM)

# A comprehensive window takes every department's items (8); what is sunk is received by its upload
# and accepted by the department above (10).
ANY_WINDOW = (NOT_SUNK, AT_COMPREHENSIVE_WINDOW)

TABLE: Mapping[str, Act] = {
    # What anyone may see: no name, no number, no case (11).
    "health.read": act("查看服务状态", public(ANYONE)),
    "openapi.read": act("查看接口说明", public(ANYONE)),
    "item.read": act("查看事项", public(ANYONE)),
    "point.read": act("查看网点", public(ANYONE)),
    "indicator.read": act("查看指标", public(ANYONE)),
    "calendar.read": act("查看工作日历", public(ANYONE)),
    "deadline.preview": act("试算时限", public(ANYONE)),
    "certificate.verify": act("核验证照", public(ANYONE)),
    # Documents and drafts belong to the account that made them.
    "upload.create": act("上传材料", own(CITIZEN, *STAFF)),
    "upload.complete": act("完成上传", own(CITIZEN, *STAFF)),
    "draft.read": act("查看草稿", own(CITIZEN)),
    "draft.write": act("保存草稿", own(CITIZEN)),
    # A case, from submission to what follows its end (7, 8, 10).
    "case.submit": act(
        "提交申请",
        own(CITIZEN, when=(ASSURED,)),
        district(CITIZEN, when=(ASSURED, MANDATED)),
        point(*CLERKS),
    ),
    "case.list": act("查看我的办件", own(CITIZEN)),
    "case.read": act(
        "查看办件",
        own(CITIZEN),
        district(CITIZEN, when=(MANDATED,)),
        point(*CLERKS),
        district(WINDOW_CLERK, when=ANY_WINDOW),
        organisation(*DEPARTMENT),
        district(*WATCHERS),
    ),
    "case.read_material": act(
        "打开申请材料",
        own(CITIZEN),
        point(*CLERKS),
        district(WINDOW_CLERK, when=ANY_WINDOW),
        organisation(*DEPARTMENT),
    ),
    "case.accept": act("受理", district(WINDOW_CLERK, when=ANY_WINDOW), organisation(ACCEPTOR)),
    "case.notify_correction": act(
        "补正告知、退件", district(WINDOW_CLERK, when=ANY_WINDOW), organisation(ACCEPTOR)
    ),
    "case.reject": act("不予受理", district(WINDOW_CLERK, when=ANY_WINDOW), organisation(ACCEPTOR)),
    "case.supplement": act(
        "补正材料", own(CITIZEN), district(CITIZEN, when=(MANDATED,)), point(*CLERKS)
    ),
    "case.review": act("审查", organisation(REVIEWER, when=(NOT_ACCEPTOR,))),
    "special.start": act("启动特别程序", organisation(REVIEWER)),
    "special.finish": act("登记特别程序结果", organisation(REVIEWER)),
    "case.extend": act("延长期限", organisation(CHIEF_REPRESENTATIVE, when=(APPOINTED,))),
    "case.sign": act(
        "签批", organisation(CHIEF_REPRESENTATIVE, when=(APPOINTED, NOT_ACCEPTOR_NOR_REVIEWER))
    ),
    "case.deliver": act("送达", point(*CLERKS)),
    "case.withdraw": act(
        "撤回申请",
        own(CITIZEN),
        district(CITIZEN, when=(MANDATED,)),
        point(*CLERKS, when=(MANDATED,)),
    ),
    "case.void": act("作废误录", district(SUPERVISOR)),
    "case.rate": act("评价", own(CITIZEN)),
    "case.object": act("提出异议", own(CITIZEN)),
    "case.renew": act("申请延续", own(CITIZEN)),
    "hearing.request": act("申请听证", own(CITIZEN)),
    "deadline.what_if": act("推演时限", district(*WATCHERS)),
    "dossier.read": act(
        "查看卷宗", own(CITIZEN), point(*CLERKS), organisation(*DEPARTMENT), district(*WATCHERS)
    ),
    # With the applicant's data in full: for the applicant, and for who acts in the case.
    "dossier.download": act("下载卷宗", own(CITIZEN), point(*CLERKS), organisation(*DEPARTMENT)),
    "queue.read": act(
        "查看待办",
        point(*CLERKS),
        district(WINDOW_CLERK, when=(AT_COMPREHENSIVE_WINDOW,)),
        organisation(*DEPARTMENT),
    ),
    # A person's data in full: for the person, or by staff who hold the case, with a purpose.
    "person.read": act("导出本人信息", own(CITIZEN)),
    "person.correct": act("更正本人信息", own(CITIZEN, when=(REAL_NAME,))),
    "person.decide_correction": act("审核信息更正", point(*CLERKS), organisation(*DEPARTMENT)),
    "person.reveal": act("查看申请人完整信息", point(*CLERKS), organisation(*DEPARTMENT)),
    # Certificates: the holder sees all of it, an office what its case needs (9).
    "certificate.list": act("查看我的证照", own(CITIZEN)),
    "certificate.present": act("亮证", own(CITIZEN)),
    "certificate.read_log": act("查看用证记录", own(CITIZEN)),
    "certificate.offer": act("查找可以免交的证照", own(CITIZEN), point(*CLERKS)),
    "certificate.search": act("查询证照", district(*STAFF, DEPARTMENT_SYSTEM)),
    "certificate.read": act("查看证照", own(CITIZEN), district(*STAFF, DEPARTMENT_SYSTEM)),
    "certificate.check": act("校验证照", district(*STAFF, DEPARTMENT_SYSTEM)),
    "certificate.print": act("打印证照", own(CITIZEN), point(*CLERKS)),
    "certificate.change_status": act("变更证照状态", organisation(CHIEF_REPRESENTATIVE)),
    "certificate_import.create": act("导入历史证照", organisation(OFFICE, DEPARTMENT_SYSTEM)),
    "certificate_import.read": act(
        "查看导入进度", district(OFFICE), organisation(DEPARTMENT_SYSTEM)
    ),
    # Departments ask each other, and let their own systems listen (9, annex 4).
    "inquiry.create": act("发起信息征询", organisation(*DEPARTMENT, DEPARTMENT_SYSTEM)),
    "inquiry.read": act(
        "查看信息征询", organisation(*DEPARTMENT, DEPARTMENT_SYSTEM), district(*WATCHERS)
    ),
    "inquiry.answer": act("答复信息征询", organisation(*DEPARTMENT, DEPARTMENT_SYSTEM)),
    "subscription.create": act("订阅事件", organisation(OFFICE, DEPARTMENT_SYSTEM)),
    "subscription.read": act("查看订阅", organisation(OFFICE, DEPARTMENT_SYSTEM)),
    "subscription.delete": act("取消订阅", organisation(OFFICE, DEPARTMENT_SYSTEM)),
    # The catalogue: proposed by a department, reviewed by the list's owner, approved by the office.
    "item_change.propose": act("提出事项变更", organisation(ITEM_EDITOR)),
    "item_change.read": act(
        "查看事项变更", organisation(ITEM_EDITOR), district(LIST_OWNER, *WATCHERS)
    ),
    "item_change.withdraw": act("撤回事项变更", organisation(ITEM_EDITOR)),
    "item_change.review": act("审核事项变更", district(LIST_OWNER, when=(OWNS_LIST,))),
    "item_change.publish": act("发布事项", district(OFFICE)),
    # Fees are charged only off the fee list (附(三)); what is not stationed has an owner and a reason.
    "fee.order": act("开具缴款单", point(*CLERKS), organisation(ACCEPTOR)),
    "fee.read": act(
        "查看缴费",
        own(CITIZEN),
        point(*CLERKS),
        organisation(*DEPARTMENT),
        district(*WATCHERS),
        district(LIST_OWNER, when=(OWNS_LIST,)),
    ),
    "fee.confirm": act("收费系统回调", public(ANYONE)),
    "fee.refund": act("退费", district(LIST_OWNER, when=(OWNS_LIST,))),
    "fee.reconcile": act("对账", district(LIST_OWNER, when=(OWNS_LIST,))),
    "stationing.read": act("查看进驻情况", district(*WATCHERS, ITEM_EDITOR, LIST_OWNER)),
    "stationing.write": act("登记未进驻理由", district(OFFICE)),
    "list.read": act("查看清单", district(*EDITORS, *WATCHERS)),
    "list.write": act("维护清单", district(LIST_OWNER, when=(OWNS_LIST,))),
    "catalogue.check": act("检查证明材料", district(*EDITORS, *WATCHERS)),
    # The service network and its people (1–3, 5–7, 14, 16–18).
    "organisation.read": act("查看机构", district(*STAFF, *WATCHERS, *EDITORS)),
    "organisation.write": act("维护机构", district(OFFICE, when=(MANAGES_NETWORK,))),
    "point.write": act("维护网点", district(OFFICE, when=(MANAGES_NETWORK,))),
    "pilot.read": act("查看试点", district(*WATCHERS)),
    "pilot.write": act("管理试点", district(OFFICE, when=(MANAGES_PILOTS,))),
    "posting.read": act("查看派驻", organisation(CHIEF_REPRESENTATIVE), district(*WATCHERS)),
    "posting.write": act("管理派驻", district(OFFICE, when=(MANAGES_NETWORK,))),
    "posting.request_transfer": act("申请调整派驻", organisation(CHIEF_REPRESENTATIVE)),
    "posting.transfer": act("审批派驻调整", district(OFFICE, when=(CONSENTS_TO_TRANSFERS,))),
    "appointment.read": act("查看首席代表任命", organisation(*DEPARTMENT), district(*WATCHERS)),
    "appointment.write": act("任命首席代表", district(OFFICE, when=(MANAGES_NETWORK,))),
    "calendar.publish": act("发布工作日历", district(OFFICE)),
    "appraisal.read": act("查看考核", organisation(CHIEF_REPRESENTATIVE), district(*WATCHERS)),
    "appraisal.write": act("管理考核", district(OFFICE)),
    "appraisal.object": act("对考核提出异议", organisation(CHIEF_REPRESENTATIVE)),
    # The service regimes of the hall (6, 8, 12).
    "slot.read": act("查看可预约时段", public(ANYONE)),
    "booking.create": act("预约", own(CITIZEN), point(*CLERKS)),
    "booking.read": act("查看预约", own(CITIZEN), point(*CLERKS)),
    "booking.cancel": act("取消预约", own(CITIZEN), point(*CLERKS)),
    "visit.create": act("取号", own(CITIZEN), point(*CLERKS)),
    "visit.read": act("查看来访", own(CITIZEN), point(*CLERKS), district(*WATCHERS)),
    "visit.serve": act("叫号接待", point(*CLERKS)),
    "visit.refuse": act("登记拒绝接待", own(CITIZEN), point(*CLERKS)),
    "visit.rate": act("评价来访", own(CITIZEN)),
    # Whoever holds the slip: the code on it is signed, and opens nothing else.
    "visit.rate_by_code": act("扫码评价", public(ANYONE)),
    "visit.object": act("对来访提出异议", own(CITIZEN)),
    "consultation.create": act("咨询", own(CITIZEN, *STAFF)),
    "consultation.read": act(
        "查看咨询",
        own(CITIZEN, *STAFF),
        point(*CLERKS),
        organisation(*DEPARTMENT),
        district(*WATCHERS),
    ),
    "consultation.answer": act("答复咨询", point(*CLERKS), organisation(*DEPARTMENT)),
    "consultation.browse": act("查看常见问题", public(ANYONE)),
    "mandate.create": act("委托代办", own(CITIZEN, when=(REAL_NAME,)), point(*CLERKS)),
    "mandate.confirm": act("确认委托", own(CITIZEN, when=(REAL_NAME,))),
    "mandate.read": act(
        "查看委托", own(CITIZEN), district(CITIZEN, when=(MANDATED,)), point(*CLERKS)
    ),
    "mandate.revoke": act(
        "撤销委托", own(CITIZEN), district(CITIZEN, when=(MANDATED,)), point(*CLERKS)
    ),
    # Supervision sees everything and writes alarms only (2, 19).
    "alarm.read": act("查看预警", point(*CLERKS), organisation(*DEPARTMENT), district(*WATCHERS)),
    "alarm.respond": act("答复预警", point(*CLERKS), organisation(*DEPARTMENT)),
    "alarm.close": act("处理预警", district(SUPERVISOR)),
    "redress.read": act("查看本人差评与异议的处理", own(CITIZEN)),
    "wall.read": act("查看监察大屏", district(*WATCHERS)),
    "rule.read": act("查看监察规则", district(*WATCHERS)),
    "rule.write": act("维护监察规则", district(SUPERVISOR)),
    "violation.report": act("举报", own(CITIZEN, *STAFF)),
    # Who I am and what the table says is told to everybody who signs in.
    "me.read": act("查看我的身份", own(*SIGNED_IN)),
    "access.read": act("查看权限表", district(*STAFF, *WATCHERS, *EDITORS)),
    "account_access.read": act("解释他人权限", district(*WATCHERS)),
    # The platform's own acts, done by timers and workers.
    "case.advance": act("推进办件", district(SYSTEM)),
    "case.dispose": act("按保管期限销毁", district(SYSTEM)),
    "posting.keep": act("执行到期的派驻调整", district(SYSTEM)),
    "booking.miss": act("登记未到场", district(SYSTEM)),
    "visit.lapse": act("结束当日未办的来访", district(SYSTEM)),
    "consultation.alert": act("提醒答复咨询", district(SYSTEM)),
}
