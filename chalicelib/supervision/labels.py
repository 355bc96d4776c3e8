"""What bodies, points and items are called, for a sheet that leaves the platform.

Pages know the names; a spreadsheet is read where nothing can be asked. Read from the registers of
network and catalogue, like the six rates, and nowhere that must be quick.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.supervision import stocktaking
from chalicelib.supervision.measures import ONLINE


def labels() -> Mapping[str, str]:
    """Names by key: every body and point, every item in force. What is not there has its key."""
    from chalicelib.network.store import read_network  # noqa: PLC0415 - only this sheet needs it

    network = read_network()
    named = {ONLINE: "网上申请"}
    if network is not None:
        named |= {each.key: each.name for each in network.organisations.values()}
        named |= {each.key: each.name for each in network.points.values()}
    return {**named, **{item.code: item.name for item in stocktaking.items_in_force()}}
