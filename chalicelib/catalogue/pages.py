"""Guides as plain pages: no script, so search engines, screen readers and old phones read them."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape

from chalicelib.catalogue.model import Item, Material
from chalicelib.catalogue.search import BODY, CODE, DOMAIN, NAME, SearchIndex

STYLE = (
    "body{font:18px/1.7 sans-serif;max-width:48rem;margin:0 auto;padding:1rem;color:#1f2329}"
    "dt{font-weight:600;margin-top:.6rem}dd{margin:0}h1{font-size:1.5rem}"
    "a{color:#0958d9}li{margin:.4rem 0}small{color:#5a6069}"
)

HTML = "text/html"
HEADERS: Mapping[str, str] = {
    "Content-Type": f"{HTML}; charset=utf-8",
    "Cache-Control": "public, max-age=60",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; style-src 'sha256-"
    + b64encode(sha256(STYLE.encode()).digest()).decode()
    + "'",
}
"""A page has one style, named by its hash, and runs nothing."""


def item_page(item: Item) -> str:
    """The guide of one item: the eleven public fields, the materials, a sample of each."""
    fields = "".join(
        f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>"
        for name, value in item.disclosure.items()
    )
    materials = "".join(_material(each) for each in item.materials)
    body = (
        f"<h1>{escape(item.name)}</h1><dl>{fields}</dl>"
        f"<h2>申请材料</h2><ol>{materials}</ol>"
        f"<p><small>第{item.version}版</small></p>"
        '<p><a href="../pages">全部事项</a></p>'
    )
    return _document(item.name, body, _linked_data(item))


def contents_page(index: SearchIndex) -> str:
    """Links to every item, by domain."""
    sections = []
    for number, domain in enumerate(index.domains):
        rows = sorted((row for row in index.rows if row[DOMAIN] == number), key=lambda r: r[NAME])
        links = "".join(
            f'<li><a href="pages/{escape(row[CODE])}">{escape(row[NAME])}</a> '
            f"<small>{escape(index.bodies[row[BODY]][1])}</small></li>"
            for row in rows
        )
        sections.append(f"<h2>{escape(domain)}</h2><ul>{links}</ul>")
    return _document("政务服务事项目录", f"<h1>政务服务事项目录</h1>{''.join(sections)}")


def _material(material: Material) -> str:
    sample = material.sample
    lines = _list(sample.lines) if sample else ""
    title = f"<p>{escape(sample.title)}</p>" if sample else ""
    need = "必要" if material.required else "视情形"
    return (
        f"<li><b>{escape(material.name)}</b>({need};{escape(material.source)})"
        f"<details><summary>示例</summary>{title}{lines}</details></li>"
    )


def _list(lines: Iterable[str]) -> str:
    return "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in lines) + "</ul>"


def _linked_data(item: Item) -> str:
    """schema.org GovernmentService, which search engines show as an answer."""
    said = {
        "@context": "https://schema.org",
        "@type": "GovernmentService",
        "name": item.name,
        "identifier": item.code,
        "serviceType": item.type_name,
        "provider": {"@type": "GovernmentOrganization", "name": item.body_name},
        "description": item.disclosure["办理条件"],
    }
    text = json.dumps(said, ensure_ascii=False).replace("<", "\\u003c")
    return f'<script type="application/ld+json">{text}</script>'


def _document(title: str, body: str, head: str = "") -> str:
    return (
        '<!doctype html><html lang="zh-CN"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>{head}</head>"
        f"<body>{body}</body></html>"
    )
