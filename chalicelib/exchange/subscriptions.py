"""Departments' own systems subscribe to events; each delivery is signed and can be repeated; pure.

Headers and signature follow the Standard Webhooks specification: `webhook-id`, `webhook-timestamp`,
`webhook-signature: v1,<base64 of HMAC-SHA256 over id.timestamp.body>`, secrets `whsec_<base64>`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final
from urllib.parse import urlsplit

from chalicelib.core.errors import InvalidInput

EVERY_BODY: Final = "*"
"""The office's subscriptions hear of every body; a department's hear of its own."""

PATTERN = re.compile(r"[a-z_]+\.(\*|[a-z_]+)|\*")
SECRET_PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
WAITS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long to wait after each failed attempt; after the last one the delivery is a dead letter."""


class DeliveryState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who hears of what, and where. `types` are event types, `case.*` or `*`."""

    id: str
    organisation: str
    audience: str
    types: tuple[str, ...]
    url: str
    created_at: str

    def wants(self, event_type: str, bodies: frozenset[str]) -> bool:
        """Whether an event of this type that concerns these bodies is delivered here."""
        heard = self.audience == EVERY_BODY or self.audience in bodies
        return heard and any(_matches(pattern, event_type) for pattern in self.types)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "organisation": self.organisation,
            "audience": self.audience,
            "types": list(self.types),
            "url": self.url,
            "created_at": self.created_at,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Subscription:
        return cls(
            id=raw["id"],
            organisation=raw["organisation"],
            audience=raw["audience"],
            types=tuple(raw["types"]),
            url=raw["url"],
            created_at=raw["created_at"],
        )


def require_types(types: Iterable[str]) -> tuple[str, ...]:
    """The patterns, or InvalidInput naming the one that is none."""
    patterns = tuple(types)
    if not patterns:
        raise InvalidInput.at("/types", "至少订阅一类事件")
    for position, pattern in enumerate(patterns):
        if not PATTERN.fullmatch(pattern):
            raise InvalidInput.at(f"/types/{position}", "事件类型应写作 case.granted、case.* 或 *")
    return patterns


def require_url(url: str, allowed_hosts: Iterable[str]) -> str:
    """The address, or InvalidInput at `/url`: https, a name of an allowed domain, no credentials.

    The platform calls this address from inside its own network, so it may not be led to its
    neighbours: bare numbers are refused, and names must end in a domain that the operator allows.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower().rstrip(".")
    if parts.scheme != "https" or not host or parts.username or parts.fragment:
        raise InvalidInput.at("/url", "接收地址应为不含账号的 https 网址")
    if _is_number(host):
        raise InvalidInput.at("/url", "接收地址应使用域名")
    if not any(host == domain or host.endswith(f".{domain}") for domain in allowed_hosts):
        raise InvalidInput.at("/url", "接收地址的域名不在允许范围内,请联系政务服务办登记")
    return url


def reachable(address: str, *, private_too: bool) -> bool:
    """Whether an address that a name resolved to may be called at all."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified:
        return False
    return ip.is_global or (private_too and ip.is_private)


def bodies_of(detail: Mapping[str, Any]) -> frozenset[str]:
    """The organisations that an event concerns, from its facts."""
    facts = detail.get("facts", {})
    named = [facts.get("body"), *facts.get("bodies", ())]
    return frozenset(body for body in named if body)


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` of a delivery. `secret` is `whsec_<base64>`."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    content = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()


def secret_from(material: bytes) -> str:
    """A secret as it is given to the department, once."""
    return SECRET_PREFIX + base64.b64encode(material).decode()


def wait_after(attempts: int) -> timedelta | None:
    """How long to wait after that many failed attempts; None for a dead letter."""
    return WAITS[attempts - 1] if attempts <= len(WAITS) else None


def _matches(pattern: str, event_type: str) -> bool:
    if pattern == "*":
        return True
    if pattern.endswith(".*"):
        return event_type.startswith(pattern[:-1])
    return pattern == event_type


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        # 0x7f.1, 2130706433 and the like: what a resolver takes for an address is no name
        return host.replace(".", "").isdigit() or host.startswith("0x")
    return True
