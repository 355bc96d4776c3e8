"""Who is posted where, and whose delegation is real: read from the network's register.

Supervision asks no other room to do anything. For an appraisal it reads the network's register, in
the worker that drafts it and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from chalicelib.supervision.appraisal import Posted

A_PAGE = 100


def posted_on(day: date) -> Iterator[Posted]:
    """Every posting active on a day, the headcount that the quota is reckoned from."""
    from chalicelib.network.store import postings_of, read_network  # noqa: PLC0415

    network = read_network()
    for organisation in sorted(network.organisations) if network else ():
        for active in (True, False):
            start = None
            while True:
                found, start = postings_of(organisation, active, A_PAGE, start)
                for posting in found:
                    if posting.active_on(day):
                        yield Posted(
                            posting.id,
                            posting.account,
                            posting.organisation,
                            posting.point,
                            posting.since,
                            tuple(one.account for one in posting.substitutes),
                        )
                if start is None:
                    break


def undelegated(body: str, since: date, until: date) -> list[str]:
    """Spans of a period in which a body had no chief representative in force (clause 7)."""
    from chalicelib.network.store import read_chiefs  # noqa: PLC0415

    gaps = read_chiefs(body).gaps(since, until)
    return [f"{first.isoformat()} 至 {last.isoformat()} 无首席代表" for first, last in gaps]
