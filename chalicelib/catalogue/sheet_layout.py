"""The workbook in which offices keep their items: which sheets, which columns, what stands in them.

Pure. Each column names where its value lies in the catalogue document (`document.py`), so reading
and writing a workbook are the same table read in two directions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from chalicelib.catalogue.document import ORIGINS, UNITS
from chalicelib.catalogue.model import TASK_TYPES


class Kind(Enum):
    """What a cell holds."""

    TEXT = "文字"
    INTEGER = "整数"
    MONEY = "金额"
    FLAG = "是或否"
    LIST = "逐项,以分号隔开"
    STEPS = "逐步,以→隔开"
    LINES = "逐行"
    CODE = "名称"
    CODES = "名称,以、隔开"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its heading, where its value lies in the document, what it holds.

    `words` maps what people write to the document's codes. A `needed` column has no empty cell.
    """

    heading: str
    path: tuple[str, ...]
    kind: Kind = Kind.TEXT
    needed: bool = True
    words: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet. `within` says under which field of an item its rows stand; None for top lists."""

    title: str
    columns: tuple[Column, ...]
    top: str
    within: str | None = None


def _optional(heading: str, *path: str, kind: Kind = Kind.TEXT) -> Column:
    return Column(heading, path, kind, needed=False)


def _flag(heading: str, *path: str) -> Column:
    return Column(heading, path, Kind.FLAG)


SAME_UNITS = {unit: unit for unit in UNITS}
SAME_ORIGINS = {origin: origin for origin in ORIGINS}
ITEM = Column("实施编码", ("task_code",))
"""Rows of the other sheets name their item by it."""

ITEMS = Sheet(
    "事项",
    (
        ITEM,
        Column("事项名称", ("item_name",)),
        Column("领域", ("domain",)),
        Column("实施机构代号", ("implementing_body",)),
        Column("版本", ("task_version",), Kind.INTEGER),
        Column(
            "事项状态", ("task_state",), Kind.CODE, words={"在用": "1", "暂停": "2", "取消": "3"}
        ),
        Column(
            "事项类型",
            ("task_type_code",),
            Kind.CODE,
            words={name: code for code, name in TASK_TYPES.items()},
        ),
        Column(
            "办件类型",
            ("project_type_code",),
            Kind.CODE,
            words={"即办件": "1", "承诺件": "2", "其他": "9"},
        ),
        Column("承诺时限", ("promise_limit", "value"), Kind.INTEGER),
        Column("承诺时限单位", ("promise_limit", "unit"), Kind.CODE, words=SAME_UNITS),
        Column("法定时限", ("statutory_limit", "value"), Kind.INTEGER),
        Column("法定时限单位", ("statutory_limit", "unit"), Kind.CODE, words=SAME_UNITS),
        Column("法定时限起算", ("statutory_limit", "clock_origin"), Kind.CODE, words=SAME_ORIGINS),
        _optional("可延长", "statutory_limit", "extension_value", kind=Kind.INTEGER),
        Column(
            "可延长单位",
            ("statutory_limit", "extension_unit"),
            Kind.CODE,
            needed=False,
            words=SAME_UNITS,
        ),
        Column("办理依据", ("statutory_limit", "basis")),
        _optional("时限可信度", "statutory_limit", "confidence"),
        _flag("时限单位有争议", "statutory_limit", "unit_disputed"),
        Column("办理条件", ("acceptance_conditions",), Kind.LIST),
        Column("办理程序", ("handling_steps",), Kind.STEPS),
        Column("监督渠道", ("supervision_channel",)),
        _optional("结果证照代号", "result", "certificate_type"),
        _optional("结果名称", "result", "name"),
        _optional("结果种类", "result", "kind"),
        _optional("结果有效期(月)", "result", "validity_months", kind=Kind.INTEGER),
        _optional("办理结果说明", "outcome"),
        Column("决定层级", ("deciding_level",)),
        Column(
            "服务对象",
            ("service_object_codes",),
            Kind.CODES,
            words={
                "自然人": "1",
                "企业法人": "2",
                "事业法人": "3",
                "社会组织法人": "4",
                "行政机关": "5",
                "其他组织": "6",
            },
        ),
        Column(
            "办理形式",
            ("handle_form_codes",),
            Kind.CODES,
            words={"窗口": "1", "电脑端": "2", "移动端": "3", "快递": "4", "其他": "9"},
        ),
        _optional("通办范围", "handle_area"),
        Column("到现场次数", ("on_site_visits",), Kind.INTEGER),
        Column(
            "特别程序种类",
            ("special_procedure_codes",),
            Kind.CODES,
            needed=False,
            words={"延长审批": "1", "其他特别程序": "2"},
        ),
        _optional("中介服务", "intermediary_service"),
        Column(
            "下沉层级",
            ("sunk", "levels"),
            Kind.CODES,
            needed=False,
            words={"街道": "街道", "社区": "社区"},
        ),
        _flag("原窗口出证", "sunk", "print_at_origin"),
        _flag("上报件", "reported_up"),
        _flag("365天可办", "available_365"),
        _optional("365天依据", "available_365_source"),
        _flag("可预约", "appointment"),
        _flag("可快递", "express_delivery"),
        Column(
            "登录要求",
            ("assurance",),
            Kind.CODE,
            needed=False,
            words={"普通登录": "plain", "实名认证": "real-name"},
        ),
        _optional("代办服务", "agent_service"),
        _optional("公示天数", "publicity_days", kind=Kind.INTEGER),
        _optional("归档年限", "archive_retention"),
        _optional("业务办理项编码", "task_handle_item"),
        _optional("原名称", "name_in_2016_seed"),
        _optional("事项代号", "id"),
        _optional("备注", "note"),
        _flag("演示数据", "illustrative"),
    ),
    "items",
)

MATERIALS = Sheet(
    "材料",
    (
        ITEM,
        Column("材料名称", ("material_name",)),
        _flag("必要", "required"),
        Column("来源渠道", ("source",)),
        Column("要求依据", ("legal_basis",)),
        Column("持有人", ("holder_role",)),
        _optional("出具单位", "issuer"),
        _optional("证照代号", "certificate_type"),
        _optional("任选其一", "alternative_group"),
        _flag("可容缺", "tolerable_missing"),
        _flag("可共享", "shareable"),
        _optional("共享类型", "share_class"),
        _optional("材料形式", "form"),
        _optional("示例标题", "sample", "title"),
        _optional("示例内容", "sample", "lines", kind=Kind.LINES),
    ),
    "items",
    within="materials",
)

FEES = Sheet(
    "收费",
    (
        ITEM,
        Column("收费项目", ("name",)),
        Column("收费标准", ("standard",)),
        _optional("金额(元)", "amount_cny", kind=Kind.MONEY),
        Column("收费依据", ("basis",)),
    ),
    "items",
    within="fee",
)

PROCEDURES = Sheet(
    "特别程序",
    (
        ITEM,
        Column("程序名称", ("name",)),
        _flag("不计入时限", "excludes_clock"),
        Column("法律依据", ("legal_ground",)),
    ),
    "items",
    within="special_procedures",
)

BODIES = Sheet(
    "机构",
    (
        Column("代号", ("key",)),
        Column("名称", ("name",)),
        Column("统一社会信用代码", ("uscc",)),
    ),
    "bodies",
)

TYPES = Sheet(
    "证照类型",
    (
        Column("代号", ("key",)),
        Column("名称", ("name",)),
        Column("颁发机构代号", ("issuer",)),
        Column("类型代码", ("type_code",)),
        Column("种类", ("kind",)),
        Column("持证主体", ("holder_type",)),
        _flag("根凭证", "is_root_credential"),
        _optional("共享类型", "share_class"),
        _optional("有效期(月)", "validity_months", kind=Kind.INTEGER),
    ),
    "certificate_types",
)

SHEETS = (ITEMS, MATERIALS, FEES, PROCEDURES, BODIES, TYPES)
