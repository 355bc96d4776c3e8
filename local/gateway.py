"""The one address: web pages, the API, the documents and the local issuer behind one origin.

In the cloud a distribution in front of the API and the pages does this. It is an ASGI application
without a framework: it hands files out and passes requests on.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import mimetypes
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
from hypercorn.asyncio import serve
from hypercorn.config import Config

from chalicelib.catalogue.stand_in import PAGES
from local import fees
from local.assembly import PROJECT
from local.fees import BadAddressError, Due, FeeCounter
from local.issuer import Issuer, UnknownAccountError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LARGEST_LOCAL_REQUEST = 4096

_HOP_BY_HOP = frozenset(
    {b"connection", b"keep-alive", b"te", b"trailer", b"transfer-encoding", b"upgrade"}
)
_OURS_TO_SET = frozenset({b"date", b"server"})
_PAGE_HEADERS: dict[str, str] = json.loads((PROJECT / "web" / "page-headers.json").read_text())
_SMALLEST_PACKED = 1024
"""Bytes below which compressing gains nothing."""


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the deployment answers: the emulator, and the API's place in it."""

    endpoint: str
    api: str
    stage: str
    bucket: str

    def path(self, raw_path: str) -> str | None:
        """The emulator's path for one of ours; None for what it does not serve."""
        if raw_path == "/v1" or raw_path.startswith("/v1/"):
            return f"/restapis/{self.api}/{self.stage}/_user_request_{raw_path}"
        if raw_path.startswith(f"/{self.bucket}/"):
            return raw_path
        return None


class Gateway:
    """The ASGI application. `pages` is the built web directory, which may not be there."""

    def __init__(
        self, upstream: Upstream, issuer: Issuer, pages: Path, counter: FeeCounter
    ) -> None:
        self._upstream = upstream
        self._issuer = issuer
        self._pages = pages.resolve()
        self._counter = counter
        self._client = httpx.AsyncClient(
            base_url=upstream.endpoint,
            timeout=httpx.Timeout(60.0, connect=5.0),
            limits=httpx.Limits(max_connections=100),
            headers={"Accept-Encoding": "identity"},
            trust_env=False,
        )

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        # API Gateway reads the path as it was sent: an encoded slash stays encoded.
        raw_path = scope["raw_path"].decode("ascii").partition("?")[0]
        forwarded = self._upstream.path(raw_path)
        if forwarded is not None:
            await self._forward(scope, forwarded, receive, send)
        elif raw_path.startswith("/local/"):
            await self._local(scope, raw_path, receive, send)
        else:
            await self._page(scope, send)

    async def close(self) -> None:
        """Let go of the connections to the emulator."""
        await self._client.aclose()

    async def _forward(
        self, scope: Mapping[str, Any], path: str, receive: Receive, send: Send
    ) -> None:
        query = scope["query_string"].decode("ascii")
        headers = [pair for pair in scope["headers"] if pair[0] not in _HOP_BY_HOP]
        has_body = any(
            name in (b"content-length", b"transfer-encoding") for name, _ in scope["headers"]
        )
        request = self._client.build_request(
            scope["method"],
            httpx.URL(f"{self._upstream.endpoint}{path}{'?' + query if query else ''}"),
            headers=headers,
            content=_body(receive) if has_body else None,
        )
        try:
            answer = await self._client.send(request, stream=True)
        except httpx.TransportError:
            await _problem(send, HTTPStatus.SERVICE_UNAVAILABLE, "本地服务正在启动或已经停止")
            return
        try:
            passed = [
                (name.lower(), value)
                for name, value in answer.headers.raw
                if name.lower() not in _HOP_BY_HOP | _OURS_TO_SET
            ]
            if _takes_gzip(scope) and _is_text(answer.headers.get("content-type", "")):
                await _forward_packed(answer, passed, send)
                return
            await _start(send, answer.status_code, passed)
            async for chunk in answer.aiter_raw():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await answer.aclose()

    async def _local(
        self, scope: Mapping[str, Any], path: str, receive: Receive, send: Send
    ) -> None:
        if path.startswith(PAGES):
            await self._fees(scope, path, receive, send)
            return
        match scope["method"], path:
            case "GET", "/local/accounts":
                await _json(send, HTTPStatus.OK, self._issuer.accounts())
            case "GET", "/local/jwks.json":
                await _json(send, HTTPStatus.OK, self._issuer.jwks())
            case "POST", "/local/tokens":
                await self._token(receive, send)
            case _:
                await _problem(send, HTTPStatus.NOT_FOUND, "没有这个地址")

    async def _token(self, receive: Receive, send: Send) -> None:
        content = await _small_body(receive)
        if content is None:
            await _problem(send, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "请求内容过大")
            return
        try:
            account = json.loads(content)["account"]
            token = self._issuer.token(account)
        except UnknownAccountError:
            await _problem(send, HTTPStatus.NOT_FOUND, "没有这个演示账号")
        except (ValueError, KeyError, TypeError):
            await _problem(send, HTTPStatus.BAD_REQUEST, '请求内容应为 {"account": "…"}')
        else:
            await _json(send, HTTPStatus.OK, {"access_token": token, "token_type": "Bearer"})

    async def _fees(
        self, scope: Mapping[str, Any], path: str, receive: Receive, send: Send
    ) -> None:
        """The fee system's own pages: pay an order or not, and the statement of a day."""
        query = scope["query_string"].decode("ascii")
        if scope["method"] == "GET" and path.startswith(f"{PAGES}statements/"):
            day = path.removeprefix(f"{PAGES}statements/")
            await _json(send, HTTPStatus.OK, self._counter.statement(day))
            return
        try:
            due = Due.read(path, query)
        except BadAddressError as refused:
            await _problem(send, HTTPStatus.NOT_FOUND, str(refused))
            return
        match scope["method"]:
            case "GET":
                await _respond(send, HTTPStatus.OK, fees.HEADERS, fees.page(due).encode())
            case "POST":
                await self._pay(due, await _small_body(receive), send)
            case _:
                await _problem(send, HTTPStatus.METHOD_NOT_ALLOWED, "不支持这种请求方式")

    async def _pay(self, due: Due, content: bytes | None, send: Send) -> None:
        """`action=pay` calls back, `action=refuse` leaves the order as it is."""
        action = parse_qs((content or b"").decode(errors="replace")).get("action", [""])[-1]
        if action == "pay":
            status = await self._counter.pay(due, self._call_back)
            words = "缴费成功。" if status == HTTPStatus.OK else "缴费系统没有收下这笔款项。"
        elif action == "refuse":
            status, words = HTTPStatus.OK, "没有缴费,缴款单仍待缴。"
        else:
            await _problem(send, HTTPStatus.BAD_REQUEST, "请求内容应为 action=pay 或 action=refuse")
            return
        await _respond(send, status, fees.HEADERS, fees.outcome(due, words).encode())

    async def _call_back(self, body: bytes) -> int:
        """Tell the platform, as any system outside would: over its API."""
        answer = await self._client.post(
            f"{self._upstream.endpoint}{self._upstream.path('/v1/payment-callbacks')}",
            content=body,
            headers={"Content-Type": "application/json"},
        )
        return answer.status_code

    async def _page(self, scope: Mapping[str, Any], send: Send) -> None:
        method = scope["method"]
        if method not in ("GET", "HEAD"):
            await _problem(send, HTTPStatus.METHOD_NOT_ALLOWED, "不支持这种请求方式")
            return
        file = self._file(scope["path"])
        if file is None:
            await _problem(send, HTTPStatus.NOT_FOUND, "没有这个页面")
            return
        content = await asyncio.to_thread(file.read_bytes)
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if kind.startswith("text/") or kind in ("application/javascript", "application/json"):
            kind += "; charset=utf-8"
        hashed = "assets" in file.relative_to(self._pages).parts
        headers = _PAGE_HEADERS | {
            "Content-Type": kind,
            "Cache-Control": "public, max-age=31536000, immutable" if hashed else "no-cache",
        }
        if _takes_gzip(scope) and _is_text(kind) and len(content) >= _SMALLEST_PACKED:
            content = await asyncio.to_thread(gzip.compress, content, mtime=0)
            headers |= {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
        await _respond(send, HTTPStatus.OK, headers, content, head=method == "HEAD")

    def _file(self, path: str) -> Path | None:
        """The file for a path; a path without a suffix belongs to the page application it names.

        `/staff/queues` is the staff application's own address, so its `index.html` answers; what
        names no application belongs to the citizen's, at the root.
        """
        asked = (self._pages / path.lstrip("/")).resolve()
        if not asked.is_relative_to(self._pages):
            return None
        if asked.is_file():
            return asked
        if asked.suffix:
            return None
        first = asked.relative_to(self._pages).parts[:1]
        for index in (self._pages.joinpath(*first, "index.html"), self._pages / "index.html"):
            if index.is_file():
                return index
        return None


def listen(port: int) -> socket.socket:
    """Listen on a port of loopback. Raises OSError, which names it, when it is taken."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as taken:
        raise OSError(f"端口 {port} 不可用:{taken.strerror}") from taken


class GatewayServer:
    """A gateway answering on a listening socket, in a thread of its own."""

    def __init__(self, gateway: Gateway, listening: socket.socket) -> None:
        self._gateway = gateway
        self._socket = listening
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="gateway", daemon=True)

    def start(self) -> None:
        """Answer. What connected since the port was taken has waited for this."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering, and give the port back."""
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        config = Config()
        config.bind = [f"fd://{self._socket.detach()}"]  # closed by the server
        config.loglevel = "ERROR"
        config.graceful_timeout = 1.0
        config.include_server_header = False
        try:
            await serve(self._gateway, config, shutdown_trigger=self._ending.wait)  # type: ignore[arg-type]
        finally:
            await self._gateway.close()


def _takes_gzip(scope: Mapping[str, Any]) -> bool:
    return any(name == b"accept-encoding" and b"gzip" in value for name, value in scope["headers"])


def _is_text(kind: str) -> bool:
    kind = kind.partition(";")[0].strip()
    return kind.startswith("text/") or kind.endswith(("json", "javascript", "svg+xml"))


async def _forward_packed(
    answer: httpx.Response, headers: list[tuple[bytes, bytes]], send: Send
) -> None:
    """Hand a text on compressed, as API Gateway and a distribution do."""
    content = await answer.aread()
    if len(content) >= _SMALLEST_PACKED:
        content = await asyncio.to_thread(gzip.compress, content, mtime=0)
        headers = [
            *((name, value) for name, value in headers if name != b"content-length"),
            (b"content-encoding", b"gzip"),
            (b"vary", b"accept-encoding"),
            (b"content-length", str(len(content)).encode()),
        ]
    await _start(send, answer.status_code, headers)
    await send({"type": "http.response.body", "body": content})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        moment = (await receive())["type"]
        await send({"type": f"{moment}.complete"})
        if moment == "lifespan.shutdown":
            return


async def _body(receive: Receive) -> AsyncIterator[bytes]:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _small_body(receive: Receive) -> bytes | None:
    """A request's whole content; None for one that is larger than any of ours."""
    content = b""
    async for chunk in _body(receive):
        content += chunk
        if len(content) > LARGEST_LOCAL_REQUEST:
            return None
    return content


async def _json(send: Send, status: int, content: object) -> None:
    body = json.dumps(content, ensure_ascii=False).encode()
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store"}
    await _respond(send, status, headers, body)


async def _problem(send: Send, status: HTTPStatus, detail: str) -> None:
    problem = {"type": "about:blank", "title": status.phrase, "status": status, "detail": detail}
    body = json.dumps(problem, ensure_ascii=False).encode()
    await _respond(send, status, {"Content-Type": "application/problem+json"}, body)


async def _respond(
    send: Send, status: int, headers: Mapping[str, str], body: bytes, *, head: bool = False
) -> None:
    length = {"Content-Length": str(len(body))}
    await _start(
        send, status, [(k.lower().encode(), v.encode()) for k, v in ({**headers, **length}).items()]
    )
    await send({"type": "http.response.body", "body": b"" if head else body})


async def _start(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
