"""Applications as people make them: for an item of the demo catalogue, with everything it needs."""

from __future__ import annotations

import hashlib
import uuid
from typing import Any

from chalicelib.aws.documents import Document, document_token
from chalicelib.catalogue import store as catalogue_store  # noqa: F401
from chalicelib.catalogue.model import Item, Material
from tests.support.api import Answer
from tests.support.engine import ACCOUNTS, Engine, principal_of

STATION = next(name for name, entry in ACCOUNTS.items() if entry["roles"] == ["station_clerk"])
CITIZEN = next(name for name, entry in ACCOUNTS.items() if entry["roles"] == ["citizen"])


def item_named(name: str) -> Item:
    """The demo catalogue's item of that name, in force."""
    import json

    from chalicelib.catalogue import service
    from tests.support.engine import ROOT

    raw = json.loads((ROOT / "data/demo_catalogue.json").read_text())
    code = next(each["task_code"] for each in raw["items"] if each["item_name"] == name)
    return service.item_in_force(code)


def document_for(account: str, text: str) -> str:
    """The token of an uploaded document with that content."""
    content = text.encode()
    sha256 = hashlib.sha256(content).hexdigest()
    key = f"documents/{hashlib.sha256(account.encode()).hexdigest()[:16]}/{sha256}"
    found = Document(key, "材料.pdf", sha256, len(content), "application/pdf")
    return document_token(found, principal_of(account))


def person(account: str = CITIZEN) -> dict[str, str]:
    found = ACCOUNTS[account]
    return {
        "id_type": found["holder_id_type"],
        "id_number": found["holder_id_number"],
        "name": found["name"],
        "phone": "13800001234",
    }


def enough_materials(item: Item) -> list[Material]:
    """The shortest list that is complete: what is required, and the first of each any-of group."""
    groups: set[str] = set()
    enough = []
    for material in item.materials:
        group = material.alternative_group
        if (material.required and group is None) or (group and group not in groups):
            enough.append(material)
        groups |= {group} if group else set()
    return enough


def application(item: Item, account: str, **changes: Any) -> dict[str, Any]:
    """A complete application for the item by this account, as JSON."""
    own = ACCOUNTS[account]["roles"] == ["citizen"]
    body: dict[str, Any] = {
        "item_code": item.code,
        "applicant" if own else "on_behalf_of": person(),
        "materials": [
            {"material_id": m.id, "document": document_for(account, m.name)}
            for m in enough_materials(item)
        ],
    }
    return {**body, **changes}


def residence_permit(engine: Engine, account: str = STATION, key: str = "") -> Answer:
    """A 居住证申领; without a key it is a case of its own."""
    body = application(item_named("居住证申领"), account)
    return engine.client(account).post(
        "/v1/cases", body, headers={"Idempotency-Key": key or uuid.uuid4().hex}
    )
