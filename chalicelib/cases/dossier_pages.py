"""The printable pages of a dossier: each document on A4, and the list of everything; pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from chalicelib.cases.notice_texts import day_in_words
from chalicelib.cases.notices import Notice
from chalicelib.core.time import to_text

if TYPE_CHECKING:
    from chalicelib.cases.dossier import CaseFile, Entry

STYLE = """
@page { size: A4; margin: 25mm 22mm; }
body { font: 12pt/1.8 "Songti SC", SimSun, "Noto Serif CJK SC", serif; color: #000;
       max-width: 166mm; margin: 12mm auto; }
h1 { font-size: 20pt; text-align: center; margin: 0 0 4mm; }
.number { text-align: center; margin: 0 0 8mm; }
.text { text-indent: 2em; margin: 0 0 2mm; overflow-wrap: anywhere; }
.signed { text-align: right; margin: 14mm 0 0; break-inside: avoid; }
.note { font-size: 9pt; border-top: 0.3mm solid #000; margin-top: 14mm; padding-top: 2mm; }
table { border-collapse: collapse; width: 100%; font-size: 9pt; line-height: 1.4; }
th, td { border: 0.2mm solid #000; padding: 1mm 1.5mm; text-align: left; vertical-align: top; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
code { font: 7.5pt/1.3 monospace; overflow-wrap: anywhere; }
@media print { body { max-width: none; margin: 0; } }
"""


def _page(title: str, body: Sequence[str]) -> bytes:
    lines = (
        "<!doctype html>",
        '<html lang="zh-CN">',
        '<meta charset="utf-8">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        *body,
        "</html>",
    )
    return ("\n".join(lines) + "\n").encode()


def notice_page(notice: Notice) -> bytes:
    """One document as it is printed."""
    paragraphs = [f'<p class="text">{escape(each)}</p>' for each in notice.paragraphs]
    return _page(
        f"{notice.title} {notice.number}",
        [
            f"<h1>{escape(notice.title)}</h1>",
            f'<p class="number">编号:{escape(notice.number)}</p>',
            f"<p>{escape(notice.addressee)}:</p>",
            *paragraphs,
            f'<p class="signed">{escape(notice.organisation)}<br>{day_in_words(notice.on)}</p>',
            f'<p class="note">{escape(notice.seal_note)}</p>',
        ],
    )


def index_page(file: CaseFile, entries: Sequence[Entry]) -> bytes:
    """卷内目录: everything that lies before this page, with the hash of each.

    The page states the chain's link up to itself; the manifest's head goes one link further, over
    this page.
    """
    last = file.log[-1].event
    rows = [
        f"<tr><td>{place}</td><td>{escape(entry.title)}<br><code>{escape(entry.name)}</code></td>"
        f"<td>{entry.at or ''}</td><td>{entry.size}</td><td><code>{entry.sha256}</code></td></tr>"
        for place, entry in enumerate(entries, start=1)
    ]
    state = "已办结,本卷宗为最终卷宗" if file.final else "尚未办结,本卷宗为阶段卷宗"
    return _page(
        f"卷宗目录 {file.no}",
        [
            "<h1>卷宗目录</h1>",
            f'<p class="number">办件编号:{escape(file.no)}</p>',
            f"<p>事项:{escape(file.item.name)}({escape(file.item.code)},"
            f"第 {file.item.version} 版)<br>实施主体:{escape(file.item.body_name)}<br>"
            f"截至:{to_text(last.at)}(第 {last.seq} 条办理记录)<br>{state}</p>",
            "<table>",
            "<thead><tr><th>序号</th><th>名称</th><th>时间</th><th>字节</th><th>SHA-256</th></tr></thead>",
            "<tbody>",
            *rows,
            "</tbody>",
            "</table>",
            f'<p class="note">以上 {len(entries)} 项的链值:<code>{entries[-1].link}</code><br>'
            "清单 manifest.json 经平台签名;核验命令:yichuang dossier verify 卷宗.zip</p>",
        ],
    )
