"""`yichuang catalogue`: take a catalogue over, hand it out, check its proofs, search and publish it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from chalicelib.aws.settings import clock
from chalicelib.catalogue import publication, signatures, store
from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.importing import ImportReport, import_catalogue
from chalicelib.catalogue.proof_checks import Report, check
from chalicelib.catalogue.proof_reading import of_document, of_items
from chalicelib.catalogue.samples import sample_for
from chalicelib.catalogue.sheet_reading import Parsed, read_workbook
from chalicelib.catalogue.sheet_writing import write_workbook
from chalicelib.catalogue.writing import to_csv, to_document
from chalicelib.core.errors import InvalidInput

app = typer.Typer(help="事项目录:导入、导出、检查、检索、发布。", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)

EXISTING = typer.Argument(exists=True, dir_okay=False, readable=True, help="目录文件")
AnyFile = Annotated[Path, EXISTING]


@app.command("import")
def import_file(
    file: AnyFile,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查,不写入")] = False,
    why: Annotated[str, typer.Option(help="记入版本的缘由")] = "目录导入",
) -> None:
    """导入目录(.json 或 .xlsx):全部接受,或者一项也不接受并逐格说明。"""
    opened = _Opened.of(file)
    try:
        report = import_catalogue(opened.document, dry_run=dry_run, why=why)
    except InvalidInput as refused:
        opened.refuse(refused)
        raise typer.Exit(1) from refused
    _show_import(report)
    if report.held:
        raise typer.Exit(2)


@app.command("export")
def export_file(
    file: Annotated[Path, typer.Argument(help="写到哪里:.json、.csv 或 .xlsx")],
) -> None:
    """导出在用目录。导出的 .json 和 .xlsx 可以再导入。"""
    items = list(publication.in_force(clock().now()))
    document = to_document(items, store.bodies(), store.certificate_types())
    match file.suffix.lower():
        case ".json":
            text = json.dumps(document, ensure_ascii=False, indent=1)
            file.write_text(text + "\n", encoding="utf-8")
        case ".csv":
            file.write_text(to_csv(items), encoding="utf-8")
        case ".xlsx":
            write_workbook(document, file)
        case other:
            raise typer.BadParameter(f"不认识的格式“{other}”,请用 .json、.csv 或 .xlsx")
    console.print(f"已导出 {len(items)} 个事项到 {file}")


@app.command("check")
def check_proofs(
    file: Annotated[
        Path | None, typer.Argument(exists=True, dir_okay=False, help="缺省检查在用目录")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="以 JSON 输出")] = False,
) -> None:
    """检查循环证明、无依据证明、无处开具、库中已有和基层不应出具的证明;有问题时退出码为 1。"""
    if file is None:
        items = list(publication.in_force(clock().now()))
        report = check(of_items(items, store.certificate_types()))
    else:
        report = check(of_document(_Opened.of(file).document))
    if as_json:
        print(json.dumps(report.to_dict(), ensure_ascii=False, indent=1))
    else:
        _show_findings(report)
    if not report.clean:
        raise typer.Exit(1)


@app.command("search")
def search(
    query: Annotated[str, typer.Argument(help="怎么说就怎么写,也可以写拼音或首字母")],
    file: Annotated[Path | None, typer.Option("--in", exists=True, help="在这份目录里找")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50)] = 5,
) -> None:
    """像群众那样检索。"""
    from chalicelib.catalogue.indexing import build_index  # noqa: PLC0415 - pinyin takes a while
    from chalicelib.catalogue.search import BODY, CODE, NAME, SearchIndex  # noqa: PLC0415

    if file is None:
        index = publication.search_index(publication.current())
    else:
        read = read_document(_Opened.of(file).document, sample_for)
        index = SearchIndex(build_index(read.items))
    table = Table("事项", "实施机构", "编码", "得分")
    for found in index.find(query, limit):
        row = found.row
        table.add_row(row[NAME], index.bodies[row[BODY]][1], row[CODE], f"{found.score:.1f}")
    console.print(table)


@app.command("publish")
def publish() -> None:
    """重新发布在用目录:检索索引和开放数据下载。内容没有变化时,版本不变。"""
    edition = publication.publish(clock().now())
    console.print(f"第{edition.number}期,{edition.items}个事项,{edition.content_hash}")


@app.command("fee-key")
def fee_key() -> None:
    """显示与财政收费系统共用的回调密钥(十六进制)。只交给对接该系统的人。"""
    print(signatures.key().hex())


@dataclass(frozen=True, slots=True)
class _Opened:
    """A catalogue file as a document; a workbook remembers the cells that its fields came from."""

    document: Mapping[str, Any]
    workbook: Parsed | None = None

    @classmethod
    def of(cls, file: Path) -> _Opened:
        """Open a file. Says what is wrong and ends the command where it cannot be read."""
        try:
            return cls._workbook(file) if file.suffix.lower() == ".xlsx" else cls._json(file)
        except InvalidInput as refused:
            cls({}).refuse(refused)
            raise typer.Exit(1) from refused

    @classmethod
    def _workbook(cls, file: Path) -> _Opened:
        parsed = read_workbook(file)
        refused = parsed.refusals(read_document(parsed.document, sample_for).problems)
        if refused:
            raise InvalidInput(f"{file.name}有{len(refused)}个单元格不能接受", refused)
        return cls(parsed.document, parsed)

    @classmethod
    def _json(cls, file: Path) -> _Opened:
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError) as fault:
            raise InvalidInput(f"{file.name}不是UTF-8的JSON文件:{fault}") from fault
        if not isinstance(document, Mapping):
            raise InvalidInput(f"{file.name}的最外层应为对象")
        return cls(document)

    def refuse(self, refused: InvalidInput) -> None:
        """Say what is wrong, place by place: cells of a workbook, pointers of a document."""
        found = refused.errors if self.workbook is None else self.workbook.refusals(refused.errors)
        errors.print(f"[bold red]{refused.detail}[/]")
        if found:
            table = Table("位置", "问题")
            for each in found:
                table.add_row(each.pointer, each.message)
            errors.print(table)


def _show_import(report: ImportReport) -> None:
    title = "试导入(未写入)" if report.dry_run else "导入完成"
    table = Table(title=title, title_justify="left")
    table.add_column("结果")
    table.add_column("数量", justify="right")
    for what, count in (
        ("新增事项", len(report.added)),
        ("更新事项", len(report.changed)),
        ("没有变化", len(report.unchanged)),
        ("暂不能公布", len(report.held)),
        ("证照类型", report.certificate_types),
        ("清单条目", report.entries),
    ):
        table.add_row(what, str(count))
    console.print(table)
    for code, reasons in report.held.items():
        console.print(f"[yellow]{code}[/] {'；'.join(reasons)}")


def _show_findings(report: Report) -> None:
    console.print(f"检查了 {report.items} 个事项、{report.materials} 份材料")
    for finding in report.findings:
        said = finding.to_dict()
        colour = "red" if finding.is_alarm else "yellow"
        console.print(f"[bold {colour}]{said['title']}[/] {finding.message}")
        for step in finding.path:
            console.print(f"    {step}")
        console.print(f"    [green]{finding.remedy}[/]")
    if not report.findings:
        console.print("[green]没有发现问题[/]")
