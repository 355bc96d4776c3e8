"""The fee system's counter on this machine: a page to pay on, and a statement of the day.

It stands where 财政非税收入系统 would, behind the same port: it signs what happened under the key
that both systems hold, and calls back over HTTP. Nobody else on the machine can: the key never
leaves the deployment's secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from chalicelib.catalogue.money import yuan
from chalicelib.catalogue.signatures import sign
from chalicelib.catalogue.stand_in import PAGES, payment
from chalicelib.core.time import SHANGHAI, to_text

ORDER = re.compile(r"JF[0-9A-Z]{8,40}")
MOST_FEN = 10**12
HEADERS: Mapping[str, str] = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
}
_STYLE = (
    "body{font:18px/1.7 sans-serif;max-width:26rem;margin:0 auto;padding:1.5rem 1rem;color:#1f2329}"
    "b{font-size:2rem}button,a{display:block;width:100%;box-sizing:border-box;padding:.8rem;"
    "margin:.6rem 0;font:inherit;border-radius:.5rem;border:1px solid #8794a3;background:#fff;"
    "text-align:center;color:#1f2329;text-decoration:none}"
    "button[value=pay]{background:#0b57a4;border-color:#0b57a4;color:#fff}small{color:#5a6069}"
)

CallBack = Callable[[bytes], Awaitable[int]]
"""Posts a callback's JSON to the platform; the status of its answer."""


class BadAddressError(ValueError):
    """The page's address does not say what is to be paid."""


@dataclass(frozen=True, slots=True)
class Due:
    """What the address of a page says: an order, its sum in fen, what for, and where to go back."""

    order_id: str
    amount_fen: int
    purpose: str
    back: str

    @classmethod
    def read(cls, path: str, query: str) -> Due:
        """Raises BadAddressError."""
        said = {name: values[-1] for name, values in parse_qs(query).items()}
        order_id, amount = path.removeprefix(PAGES), said.get("amount_fen", "")
        if not ORDER.fullmatch(order_id) or not amount.isdecimal() or int(amount) > MOST_FEN:
            raise BadAddressError("没有这张缴款单")
        back = said.get("back", "/")
        # Only a path of this very site: never another host's address.
        own = back.startswith("/") and not back.startswith(("//", "/\\"))
        return cls(order_id, int(amount), said.get("for", ""), back if own else "/")


@dataclass(frozen=True)
class FeeCounter:
    """Takes money that is none. `ledger` keeps what was paid, one JSON line a payment."""

    key: Callable[[], bytes]
    now: Callable[[], datetime]
    ledger: Path

    async def pay(self, due: Due, call_back: CallBack) -> int:
        """Tell the platform that an order was paid; what it answered. Paid twice is told twice."""
        said = payment(due.order_id, due.amount_fen, self.now())
        body = {
            "kind": said.kind,
            "order_id": said.order_id,
            "amount_fen": said.amount_fen,
            "transaction": said.transaction,
            "at": to_text(said.at),
            "signature": sign(said, self.key()),
        }
        status = await call_back(json.dumps(body).encode())
        if status == 200 and not any(each["order_id"] == said.order_id for each in self._paid()):
            line = {key: body[key] for key in ("order_id", "transaction", "amount_fen", "at")}
            with self.ledger.open("a", encoding="utf-8") as book:
                book.write(json.dumps(line) + "\n")
        return status

    def statement(self, day: str) -> dict[str, object]:
        """A day's payments, as `POST /v1/payment-statements` takes them."""
        return {
            "day": day,
            "payments": [
                {key: each[key] for key in ("order_id", "transaction", "amount_fen")}
                for each in self._paid()
                if datetime.fromisoformat(str(each["at"])).astimezone(SHANGHAI).date().isoformat()
                == day
            ],
        }

    def _paid(self) -> list[dict[str, str | int]]:
        if not self.ledger.is_file():
            return []
        return [json.loads(line) for line in self.ledger.read_text("utf-8").splitlines()]


def page(due: Due) -> str:
    """The page of an order: what for, how much, pay or not."""
    return _html(
        f"<p>{escape(due.purpose)}</p><p><b>{escape(yuan(due.amount_fen))}</b></p>"
        f"<p><small>缴款单 {escape(due.order_id)}</small></p>"
        '<form method="post"><button name="action" value="pay">确认缴费</button>'
        '<button name="action" value="refuse">暂不缴费</button></form>'
        "<p><small>演示用的财政缴费页,不收真实款项。</small></p>"
    )


def outcome(due: Due, words: str) -> str:
    """What became of it, and the way back."""
    return _html(
        f'<p role="status">{escape(words)}</p><p><small>缴款单 {escape(due.order_id)}</small></p>'
        f'<a href="{escape(due.back)}">返回</a>'
    )


def _html(content: str) -> str:
    return (
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>财政缴费(演示)</title><style>{_STYLE}</style>"
        f"<main><h1>财政缴费</h1>{content}</main></html>"
    )
