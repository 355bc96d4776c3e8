"""Founding a district: its whole network written from one document, the demo's or a real one's.

The document has `district`, `organisations` and `points` (parents before children), `communities`,
`postings` and `chief_representatives`. Every rule of the room holds for it. What is stored already
is left alone, so a founding that broke off can be run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.core.errors import Conflict, InvalidInput
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import SYSTEM
from chalicelib.network import posting_acts, register, service, store
from chalicelib.network.appointments import posting_of
from chalicelib.network.change import Change
from chalicelib.network.chiefs import Appointment, ChiefRegister, check_signer
from chalicelib.network.model import Community, Network, Organisation, ServicePoint
from chalicelib.network.naming import District
from chalicelib.network.postings import Posting

FOUNDER = Actor("system", SYSTEM)
A_TRANSACTION = 30
"""Entries written together: three items each at most, of the hundred that a transaction takes."""

T = TypeVar("T")


def found(document: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Write what of `document` is not stored yet; how many of each kind were written.

    Raises InvalidInput or Conflict for the first entry that breaks a rule.
    """
    network = store.read_network() or _begin(District.from_dict(document["district"]))
    written = {
        "organisations": _structure(network, _organisations(document, network), now),
        "communities": _structure(_again(), _communities(document, _again()), now),
        "points": _structure(_again(), _points(document, _again()), now),
        "postings": _postings(document, now),
        "chief_representatives": _chiefs(document, now),
    }
    service.forget()
    return written


def check(document: Mapping[str, Any]) -> dict[str, int]:
    """Hold a whole document to every rule without reading or writing; how many of each kind.

    Raises InvalidInput or Conflict for the first entry that breaks a rule.
    """
    empty = Network(District.from_dict(document["district"]), {}, {})
    organisations = {each.key: each for each in _organisations(document, empty)}
    communities = {each.key: each for each in _communities(document, empty)}
    network = replace(empty, organisations=organisations, communities=communities)
    network = replace(network, points={each.key: each for each in _points(document, network)})
    postings = {}
    for raw in document.get("postings", ()):
        posting = _posting(raw, network)
        if posting.account in postings:
            raise Conflict(f"{posting.account}有两项派驻")
        postings[posting.account] = posting
    appointments = [
        _appoint(raw, postings.get(raw["account"]))
        for raw in document.get("chief_representatives", ())
    ]
    return {
        "organisations": len(organisations),
        "communities": len(communities),
        "points": len(network.points),
        "postings": len(postings),
        "chief_representatives": len(appointments),
    }


def _begin(district: District) -> Network:
    empty = Network(district, {}, {})
    change = Change()
    change.network(empty)
    change.commit()
    return replace(empty, revision=1)


def _again() -> Network:
    network = store.read_network()
    if network is None:
        raise InvalidInput("本区的服务网络尚未建立")
    return network


Entry = Organisation | Community | ServicePoint


def _organisations(document: Mapping[str, Any], network: Network) -> Iterator[Organisation]:
    known = dict(network.organisations)
    for raw in document["organisations"]:
        if raw["key"] in known:
            continue
        new = Organisation.from_dict(raw)
        register.check_organisation(new, replace(network, organisations=known))
        known[new.key] = new
        yield new


def _communities(document: Mapping[str, Any], network: Network) -> Iterator[Community]:
    for raw in document.get("communities", ()):
        if raw["key"] not in network.communities:
            yield Community.from_dict(raw)


def _points(document: Mapping[str, Any], network: Network) -> Iterator[ServicePoint]:
    known = dict(network.points)
    for raw in document["points"]:
        if raw["key"] in known:
            continue
        new = register.fit_point(raw, replace(network, points=known))
        known[new.key] = new
        yield new


def _structure(network: Network, entries: Iterator[Entry], now: datetime) -> int:
    """Write entries of the network's structure, each batch under the network's next revision."""
    written = 0
    for batch in _batches(list(entries)):
        change = Change()
        change.network(network)
        for entry in batch:
            _write(change, entry, now)
        change.commit()
        network = replace(network, revision=network.revision + 1)
        written += len(batch)
    return written


def _write(change: Change, entry: Entry, now: datetime) -> None:
    match entry:
        case Organisation():
            change.organisation(entry)
            change.event(register.registered(entry, now, FOUNDER))
        case ServicePoint():
            change.point(entry)
            change.event(register.opened(entry, now, FOUNDER))
        case Community():
            change.community(entry)


def _postings(document: Mapping[str, Any], now: datetime) -> int:
    network = _again()
    raws = document.get("postings", ())
    known = store.known_postings([raw["id"] for raw in raws])
    new = [_posting(raw, network) for raw in raws if raw["id"] not in known]
    for batch in _batches(new):
        change = Change()
        for posting in batch:
            step = posting_acts.post(posting)
            change.posting(posting)
            change.seat(store.Seat(posting.account, posting.id, version=1))
            subject = store.posting_pk(posting.id)
            change.event(Event(subject, 1, step.type, now, FOUNDER, step.data))
        change.commit()
    return len(new)


def _posting(raw: Mapping[str, Any], network: Network) -> Posting:
    posting = Posting.from_dict(raw)
    network.organisation(posting.organisation)
    network.point(posting.point)
    return posting_acts.post(posting).posting


def _chiefs(document: Mapping[str, Any], now: datetime) -> int:
    written = 0
    for raw in document.get("chief_representatives", ()):
        key = raw["organisation"]
        if store.read_chiefs(key).version:
            continue
        appointed = _appoint(raw, posting_of(raw["account"]))
        (appointment,) = appointed.appointments
        change = Change()
        change.chiefs(appointed)
        data = {"appointment": appointment.id, "account": appointment.account} | {
            "since": appointment.since.isoformat(),
            "until": appointment.until.isoformat() if appointment.until else None,
        }
        event = Event(store.chiefs_pk(key), 1, "chief_representative.appointed", now, FOUNDER, data)
        change.event(event)
        change.commit()
        written += 1
    return written


def _appoint(raw: Mapping[str, Any], posting: Posting | None) -> ChiefRegister:
    key = raw["organisation"]
    appointment = Appointment.from_dict({"id": f"{key}-1", **raw})
    check_signer(posting, key, appointment.since, standing_in=False)
    return ChiefRegister(key).appoint(appointment)


def _batches(entries: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(entries), A_TRANSACTION):
        yield entries[start : start + A_TRANSACTION]
