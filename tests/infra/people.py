"""People at their browsers: they know the one address and their own account, and nothing else."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from local.demo import DATA
from local.deployment import Deployment

T = TypeVar("T")

PDF_BEGINS, PDF_ENDS = b"%PDF-1.4\n% ", b"\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass
class Person:
    """One account of a deployment."""

    deployment: Deployment
    account: str

    def __post_init__(self) -> None:
        self._client = httpx.Client(
            base_url=self.deployment.base_url,
            headers={"Authorization": f"Bearer {self.deployment.token(self.account)}"},
            timeout=60,
            trust_env=False,
        )

    def get(self, path: str, **query: Any) -> httpx.Response:
        return self._client.get(path, params=query)

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every item of a list, page by page: others of the deployment fill it too."""
        items: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor).raise_for_status().json()
            items += page["items"]
            if not page.get("next_cursor"):
                return items
            cursor = {"cursor": page["next_cursor"]}

    def post(self, path: str, body: object, *, key: str | None = None) -> httpx.Response:
        return self._client.post(
            path, json=body, headers={"Idempotency-Key": key or uuid.uuid4().hex}
        )

    def upload(self, text: str) -> str:
        """Put a PDF into a slot, as a browser does, and answer the document's token."""
        content = PDF_BEGINS + text.encode() + PDF_ENDS
        slot = (
            self.post(
                "/v1/uploads",
                {"name": "材料.pdf", "content_type": "application/pdf", "size": len(content)},
            )
            .raise_for_status()
            .json()
        )
        put = httpx.put(slot["url"], content=content, headers=slot["headers"], trust_env=False)
        put.raise_for_status()
        done = self.post(f"/v1/uploads/{slot['upload_id']}/completion", {}).raise_for_status()
        token: str = done.json()["document"]
        return token


def materials_for(clerk: Person, item: dict[str, Any]) -> list[dict[str, str]]:
    """Uploads for all that an item needs: what is required, and the first of each any-of group."""
    groups: dict[str, str] = {}
    for each in item["materials"]:
        if each["alternative_group"]:
            groups.setdefault(each["alternative_group"], each["id"])
    return [
        {"material_id": each["id"], "document": clerk.upload(each["name"])}
        for each in item["materials"]
        if each["required"] or each["id"] in groups.values()
    ]


def residence_permit(clerk: Person, citizen: str = "citizen.zhang") -> dict[str, Any]:
    """An application for 居住证申领, a sunk item, as a station's clerk hands it in."""
    code = item_named("居住证申领")["task_code"]
    item = clerk.get(f"/v1/items/{code}").raise_for_status().json()
    return {
        "item_code": code,
        "on_behalf_of": applicant(citizen),
        "materials": materials_for(clerk, item),
    }


def item_named(name: str) -> dict[str, Any]:
    """The demo catalogue's entry for an item."""
    catalogue = json.loads((DATA / "demo_catalogue.json").read_text("utf-8"))
    entry: dict[str, Any] = next(e for e in catalogue["items"] if e["item_name"] == name)
    return entry


def applicant(account: str) -> dict[str, str]:
    """A demo citizen as a form names one."""
    accounts = json.loads((DATA / "demo_accounts.json").read_text("utf-8"))
    found = next(entry for entry in accounts if entry["account"] == account)
    return {
        "id_type": found["holder_id_type"],
        "id_number": found["holder_id_number"],
        "name": found["name"],
    }


def eventually(look: Callable[[], T | None], seconds: float = 30) -> T:
    """What `look` answers as soon as it answers something. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"not within {seconds} s")
