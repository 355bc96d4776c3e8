"""The call that carries an event out of the platform: TLS, one address, no redirects."""

from __future__ import annotations

import http.client
import os
import socket
import ssl
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from chalicelib.exchange.subscriptions import reachable

TIMEOUT_SECONDS = 5.0


class Post(Protocol):
    """Sends one body; the answer's status. Raises OSError."""

    def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> int: ...


def https_post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Post over TLS to an address that may be called; redirects are not followed.

    The name is resolved here and the connection goes to that very address, so it cannot be turned
    elsewhere between the check and the call. Raises OSError.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    address = _resolve(host, port)
    context = ssl.create_default_context()
    connection = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=context)
    plain = socket.create_connection((address, port), TIMEOUT_SECONDS)
    try:
        connection.sock = context.wrap_socket(plain, server_hostname=host)
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        connection.request("POST", target, body, dict(headers))
        return connection.getresponse().status
    except http.client.HTTPException as broken:
        raise ConnectionError(type(broken).__name__) from broken
    finally:
        connection.close()
        plain.close()


def _resolve(host: str, port: int) -> str:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, where in found:
        address = str(where[0])
        if reachable(address, private_too=_private_allowed()):
            return address
    raise PermissionError("no address that may be called")


def allowed_hosts() -> tuple[str, ...]:
    """Domains that may receive events (`YICHUANG_WEBHOOK_DOMAINS`, comma-separated); none if unset."""
    setting = os.environ.get("YICHUANG_WEBHOOK_DOMAINS", "")
    return tuple(each.strip().lower() for each in setting.split(",") if each.strip())


def _private_allowed() -> bool:
    """Whether departments' systems lie in private address space (`YICHUANG_WEBHOOK_PRIVATE`)."""
    return os.environ.get("YICHUANG_WEBHOOK_PRIVATE", "") == "true"
