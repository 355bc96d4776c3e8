"""`yichuang network`: found a district, and look at its network and its people."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chalicelib.aws.settings import clock
from chalicelib.core.errors import InvalidInput
from chalicelib.core.time import SHANGHAI, to_text
from chalicelib.network import founding, service, store
from chalicelib.network.coverage import coverage
from chalicelib.network.duties import MEANINGS
from chalicelib.network.naming import Tier

app = typer.Typer(help="服务网络:机构、网点、派驻与首席代表。", no_args_is_help=True)
console = Console(highlight=False)

KINDS = {
    "organisations": "机构",
    "communities": "社区(村)",
    "points": "网点",
    "postings": "派驻",
    "chief_representatives": "首席代表",
}
TIERS = {
    Tier.CENTRE: "中心",
    Tier.SUB_CENTRE: "分中心",
    Tier.SUBDISTRICT: "街道",
    Tier.COMMUNITY: "社区(村)",
}
DocumentFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="网络文档(JSON)")
]


@app.command()
def check(document: DocumentFile) -> None:
    """检查一份网络文档:名称、层级、代码、资格、任命;不写入。"""
    _counted(founding.check(_read(document)), "有效")


@app.command()
def found(document: DocumentFile) -> None:
    """按文档建立服务网络;已有的保持不动,可重复执行。"""
    _counted(founding.found(_read(document), clock().now()), "新增")


@app.command()
def points(
    tier: Annotated[Tier | None, typer.Option(help="层级")] = None,
    parent: Annotated[str | None, typer.Option(help="上级网点")] = None,
) -> None:
    """列出网点。"""
    network = service.network()
    table = Table("标识", "名称", "层级", "上级", "负责机构", "365", "状态")
    for point in network.select(tier=tier, parent=parent):
        table.add_row(
            point.key,
            point.name,
            TIERS[point.tier],
            point.parent or "",
            network.organisation(point.organisation).name,
            "是" if point.hours.all_year else "",
            str(point.state),
        )
    console.print(table)


@app.command(name="coverage")
def show_coverage() -> None:
    """网点覆盖率,以及没有服务站的社区(村)。"""
    network = service.network()
    whole = coverage(network)
    rate = "—" if whole.rate is None else f"{whole.rate:.1%}"
    console.print(f"网点覆盖率 {whole.numerator}/{whole.denominator} = {rate}")
    for community in whole.missing:
        office = network.organisations.get(community.subdistrict)
        where = office.name if office else community.subdistrict
        console.print(f"  缺 {community.name}({where},{community.households} 户)")


@app.command()
def duties() -> None:
    """各项职责由谁承担。"""
    table = Table("职责", "出处", "承担机构")
    for duty, meaning in MEANINGS.items():
        names = [service.organisation(key).name for key in service.duty_holders(duty)]
        table.add_row(meaning.title, meaning.source, "、".join(names) or "[red]无[/]")
    console.print(table)


@app.command()
def signers(organisation: Annotated[str, typer.Argument(help="机构标识")]) -> None:
    """一个单位的首席代表:今天由谁签批、历次任命、将来九十天的空缺。"""
    body = service.organisation(organisation)
    register = store.read_chiefs(organisation)
    today = clock().now().astimezone(SHANGHAI).date()
    console.print(f"{body.name} 今天由 {register.signer(today) or '[red]无人[/]'} 签批")
    table = Table("账号", "起", "止", "范围", "授权书")
    for each in register.appointments:
        scope = "全部事项" if each.items is None else f"{len(each.items)} 项"
        until = each.until.isoformat() if each.until else ""
        table.add_row(each.account, each.since.isoformat(), until, scope, each.document)
        for stand_in in each.stand_ins:
            days = stand_in.since.isoformat(), stand_in.until.isoformat()
            table.add_row(f"  代理 {stand_in.account}", *days, "", stand_in.reason)
    console.print(table)
    for first, last in register.gaps(today, today + timedelta(days=90)):
        console.print(f"[yellow]空缺[/] {first.isoformat()} 至 {last.isoformat()}")


@app.command()
def postings(point: Annotated[str, typer.Argument(help="网点标识")]) -> None:
    """一个网点的在派人员及其资格缺项。"""
    service.point(point)
    found_here, _ = store.postings_at(point, active=True)
    today = clock().now().astimezone(SHANGHAI).date()
    table = Table("账号", "单位", "工作", "起", "满两年", "资格缺项")
    for each in found_here:
        lacking = "；".join(error.message for error in each.shortcomings(today))
        table.add_row(
            each.account,
            each.organisation,
            "、".join(sorted(each.work)),
            each.since.isoformat(),
            each.tenure_until.isoformat(),
            f"[red]{lacking}[/]" if lacking else "",
        )
    console.print(table)


@app.command()
def log(subject: Annotated[str, typer.Argument(help="如 POINT#centre、CHIEF#ga")]) -> None:
    """一个对象的全部变更记录。"""
    for event in store.read_events(subject):
        data = json.dumps(dict(event.data), ensure_ascii=False)
        console.print(f"{to_text(event.at)}  {event.type}  {event.actor.account}  {data}")


def _read(path: Path) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as fault:
        raise InvalidInput(f"{path.name} 不是正确的 JSON:{fault}") from fault
    missing = [key for key in ("district", "organisations", "points") if key not in document]
    if missing:
        raise InvalidInput(f"{path.name} 缺少 {'、'.join(missing)}")
    return document


def _counted(counts: dict[str, int], verb: str) -> None:
    for kind, number in counts.items():
        console.print(f"{KINDS[kind]} {verb} {number}")
