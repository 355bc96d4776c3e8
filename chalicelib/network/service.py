"""What the network room does for the others: answer who and where, and keep the register."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from time import monotonic

from chalicelib.core.errors import NotFound
from chalicelib.network import store
from chalicelib.network.chiefs import Appointment, ChiefRegister
from chalicelib.network.model import Network, Organisation, ServicePoint

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


def organisation(key: str) -> Organisation:
    """The organisation registered under `key`. Raises NotFound."""
    return network().organisation(key)


def point(key: str) -> ServicePoint:
    """The service point registered under `key`. Raises NotFound."""
    return network().point(key)


def signing_power(
    organisation: str, account: str, item: str, on: date
) -> tuple[ChiefRegister, Appointment]:
    """By which appointment `account` may sign `item` for the body on that day (clause 7).

    The register comes with it, for `store.require_chiefs_in` in the signing transaction. Raises
    Forbidden with the reason. One GetItem.
    """
    register = store.read_chiefs(organisation)
    return register, register.power(account, item, on)
