"""`yichuang access`: who may do what, and why."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chalicelib.core import access
from chalicelib.core.access_table import TABLE
from chalicelib.core.access_terms import ROLE_NAMES, SCOPE_NAMES, Rule
from chalicelib.core.errors import NotFound
from chalicelib.core.principal import Principal
from chalicelib.http.claims import principal_of

app = typer.Typer(help="权限:谁能办什么,为什么。", no_args_is_help=True)
console = Console(highlight=False)

DEMO_ACCOUNTS = Path(__file__).parent.parent / "data" / "demo_accounts.json"

AccountsFile = Annotated[
    Path, typer.Option("--accounts", exists=True, dir_okay=False, help="账户清单(JSON)")
]


@app.command()
def explain(
    account: Annotated[str, typer.Argument(help="账户")],
    act: Annotated[str, typer.Argument(help="操作,例如 case.sign;清单见 access table")],
    case: Annotated[str | None, typer.Argument(help="办件编号")] = None,
    accounts: AccountsFile = DEMO_ACCOUNTS,
) -> None:
    """说明一个账户能不能办一件事,以及依据权限表的哪一行;不能办时退出码为 1。"""
    who = _principal(account, accounts, identified=case is not None)
    resource = access.NOTHING
    if case is not None:
        who, gone = _as_it_stands(who)
        resource = _case_facts(case, who, act)
        for role, reason in gone.items():
            console.print(f"[yellow]今天不成立[/] {ROLE_NAMES[role]}:{reason}")
    verdict = access.explain(who, act, resource)
    mark = "[bold green]可以[/]" if verdict.allowed else "[bold red]不可以[/]"
    target = f"办件 {case}" if case else "(未指明办件)"
    console.print(f"{who.name}({account}) {mark}“{access.title_of(act)}” {target}")
    console.print(verdict.reason)
    rows = access.considered(who, act, resource)
    if rows:
        console.print(_considered(rows))
    raise typer.Exit(0 if verdict.allowed else 1)


@app.command()
def table(
    role: Annotated[str | None, typer.Option(help="只看一个角色")] = None,
    room: Annotated[str | None, typer.Option(help="只看一类操作,例如 case")] = None,
) -> None:
    """列出权限表:操作、角色、范围、条件。"""
    shown = Table("操作", "名称", "角色", "范围", "条件")
    for name, each in TABLE.items():
        if room is not None and name.partition(".")[0] != room:
            continue
        for rule in each.rules:
            if role is None or rule.role == role:
                shown.add_row(name, each.title, *_words(rule))
    if not shown.row_count:
        raise NotFound("权限表中没有符合的行。")
    console.print(shown)


@app.command()
def acts(
    account: Annotated[str, typer.Argument(help="账户")], accounts: AccountsFile = DEMO_ACCOUNTS
) -> None:
    """列出一个账户按其角色可能办理的操作,及各自的范围。"""
    who = _principal(account, accounts)
    shown = Table("操作", "名称", "角色", "范围", "条件")
    for name, each in TABLE.items():
        for rule in each.rules:
            if rule.role in who.roles:
                shown.add_row(name, each.title, *_words(rule))
    console.print(shown)


def _words(rule: Rule) -> tuple[str, str, str]:
    conditions = ";".join(condition.otherwise for condition in rule.conditions)
    return (
        ROLE_NAMES[rule.role],
        SCOPE_NAMES[rule.scope],
        f"否则:{conditions}" if conditions else "",
    )


def _considered(rows: tuple[access.Considered, ...]) -> Table:
    """Every row of the act, and how each part of it came out."""
    shown = Table("角色", "范围", "条件")
    for each in rows:
        conditions = [f"{_mark(met)} {condition.otherwise}" for condition, met in each.conditions]
        scope = SCOPE_NAMES[each.rule.scope]
        shown.add_row(
            f"{_mark(each.holds)} {ROLE_NAMES[each.rule.role]}",
            f"{_mark(each.within)} {scope}" if each.holds else "",
            "\n".join(conditions) if each.holds else "",
        )
    return shown


def _mark(good: bool) -> str:
    return "[green]✓[/]" if good else "[red]✗[/]"


def _principal(account: str, accounts: Path, *, identified: bool = False) -> Principal:
    """The account as its token would name it; `identified` with the hash of its number.

    The hash needs the deployment's secret, so it is made only where a case is asked about.
    """
    known: list[dict[str, Any]] = json.loads(accounts.read_text(encoding="utf-8"))
    found = next((each for each in known if each["account"] == account), None)
    if found is None:
        raise NotFound(f"账户清单 {accounts.name} 中没有 {account}。")
    real_name = bool(found.get("holder_id_number"))
    if not identified:
        found = {key: value for key, value in found.items() if not key.startswith("holder_")}
    return principal_of({**found, "sub": account, "acr": "2" if real_name else "1"})


def _case_facts(no: str, who: Principal, act: str) -> access.Resource:
    from chalicelib.cases import recording, service  # noqa: PLC0415 - the table alone needs no deployment

    return service.resource_of(recording.read(no).case, who, act)


def _as_it_stands(who: Principal) -> tuple[Principal, dict[str, str]]:
    """The account with the roles that stand today by the deployment's network, and the fallen."""
    from chalicelib.aws.settings import clock  # noqa: PLC0415 - as above
    from chalicelib.network import standing  # noqa: PLC0415 - as above

    gone = dict(standing.fallen_now(who, clock().now()))
    return replace(who, roles=who.roles - gone.keys()), gone
