"""What the network room answers to the others: who and where, what is on, and who may sign.

The register is changed in `register`, people in `staff`; a district is set up in `founding`.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from time import monotonic

from chalicelib.core.errors import NotFound
from chalicelib.network import standing, store
from chalicelib.network.chiefs import Appointment, ChiefRegister
from chalicelib.network.duties import Duty, holders
from chalicelib.network.model import Network, Organisation, ServicePoint
from chalicelib.network.pilots import Subject

FRESH_SECONDS = 60
"""How long one process trusts the network that it read; a change is seen everywhere after that."""


def network() -> Network:
    """The district's whole network, read in one Query and kept for a minute in this process.

    Raises NotFound before the district is set up.
    """
    return _network_of(int(monotonic() // FRESH_SECONDS))


@lru_cache(maxsize=1)
def _network_of(_minute: int) -> Network:
    read = store.read_network()
    if read is None:
        raise NotFound("本区的服务网络尚未建立")
    return read


def forget() -> None:
    """Read the network again at the next question; called after every change, and by tests."""
    _network_of.cache_clear()
    standing.forget()


def organisation(key: str) -> Organisation:
    """The organisation registered under `key`. Raises NotFound."""
    return network().organisation(key)


def point(key: str) -> ServicePoint:
    """The service point registered under `key`. Raises NotFound."""
    return network().point(key)


def duty_holders(duty: Duty) -> tuple[str, ...]:
    """The keys of the organisations to which a duty falls, such as the owner of a list."""
    return holders(duty, network().organisations.values())


def switched_on(subject: Subject, code: str, point: str | None, day: date) -> bool:
    """Whether a unit, item, service or workflow is on at a point (None: online) on a day.

    What has no switch is on everywhere.
    """
    return network().switched_on(subject, code, point, day)


def signing_power(
    organisation: str, account: str, item: str, on: date
) -> tuple[ChiefRegister, Appointment]:
    """By which appointment `account` may sign `item` for the body on that day (clause 7).

    The register comes with it, for `store.require_chiefs_in` in the signing transaction. Raises
    Forbidden with the reason. One GetItem.
    """
    register = store.read_chiefs(organisation)
    return register, register.power(account, item, on)


def appointed(organisation: str, item: str, on: date) -> frozenset[str]:
    """The accounts that may sign `item` for the body on that day: one, or none. One GetItem."""
    return store.read_chiefs(organisation).signers(item, on)
