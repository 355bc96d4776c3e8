"""What it costs to know who calls and whether they may.

Run `python -m benchmarks.access`. Times are CPU times of one process, medians of repeated rounds.
"""

from __future__ import annotations

from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.clock import Row, seconds_each
from chalicelib.core.access import Resource, allows, may, require
from chalicelib.core.principal import Principal
from chalicelib.core.time import SHANGHAI
from chalicelib.http import tokens
from chalicelib.http.authorizer import CACHED_SECONDS
from chalicelib.http.identity import from_context, to_context
from chalicelib.network import standing
from chalicelib.network.chiefs import Appointment, ChiefRegister
from chalicelib.network.postings import Posting
from chalicelib.network.qualification import Qualification, Work
from chalicelib.network.standing import People
from local.issuer import Account, Issuer

CHIEF = Principal("ga.chief", "首席", frozenset({"chief_representative"}), "ga", "centre")
CASE = Resource(
    holder="a" * 32,
    organisation="ga",
    point="centre",
    sunk=True,
    acceptor="ga.acceptor",
    reviewer="ga.reviewer",
    appointed=frozenset({"ga.chief"}),
)
CALLS = 1_000


def authorising() -> list[Row]:
    """All that a request pays: the principal from its context, the role, the row with its facts."""
    context = to_context(CHIEF)

    def request() -> None:
        who = from_context(context)
        may(who, "case.sign")
        require(who, "case.sign", CASE)

    def refused() -> None:
        who = from_context(context)
        may(who, "case.review")
        allows(who, "case.review", CASE)

    return [
        ("authorisation of a request, ms", seconds_each(request, 5_000) * 1e3, "≤ 0.1"),
        ("authorisation of a refused request, ms", seconds_each(refused, 5_000) * 1e3, "≤ 0.1"),
    ]


def standing_today() -> list[Row]:
    """What holding a caller against the network adds, once a department's people are known."""
    today = date(2026, 3, 2)
    qualified = Qualification(date(2020, 1, 1), "豫A0001", date(2029, 12, 31))
    people = People.of(
        tuple(
            Posting(
                f"p{n}",
                "ga.chief" if n == 0 else f"ga.{n}",
                "ga",
                "centre",
                frozenset({Work.SIGN_OFF if n == 0 else Work.REVIEW}),
                date(2025, 1, 1),
                qualified,
            )
            for n in range(40)
        ),
        ChiefRegister("ga", (Appointment("x", "ga.chief", today, None, None, "授权书"),), 1),
    )
    known = standing._people
    standing._people = lambda *_: people  # type: ignore[assignment]
    now = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    assert not standing.fallen_now(CHIEF, now)
    try:
        each = seconds_each(lambda: standing.fallen_now(CHIEF, now), 5_000)
    finally:
        standing._people = known
    return [("posting, appointment and qualification of a caller, ms", each * 1e3, "≤ 0.1")]


def verifying() -> list[Row]:
    """A token's signature, how often the issuer is asked, and how long the gateway remembers."""
    issuer = Issuer("https://issuer", "yichuang", ec.generate_private_key(ec.SECP256R1()), [])
    token = issuer.sign(issuer.claims(Account("ga.chief", "首席", ("chief_representative",))))
    asked = 0

    def fetch(_uri: str) -> dict[str, object]:
        nonlocal asked
        asked += 1
        return issuer.jwks()

    real = tokens.fetch_jwks, tokens.issuers, tokens._audience
    keys = {"https://issuer": tokens.KeySet("https://issuer/jwks.json")}
    tokens.fetch_jwks, tokens.issuers = fetch, lambda: keys  # type: ignore[assignment]
    tokens._audience = lambda: "yichuang"
    try:
        for _ in range(CALLS):
            tokens.authenticate(f"Bearer {token}")
        each = seconds_each(lambda: tokens.authenticate(f"Bearer {token}"), 200)
    finally:
        tokens.fetch_jwks, tokens.issuers, tokens._audience = real
    return [
        ("verification of a token by the authorizer, ms", each * 1e3, ""),
        (f"fetches of the key set for {CALLS:,} tokens", float(asked), "1"),
        ("seconds for which the gateway remembers a token", float(CACHED_SECONDS), ""),
    ]


def run() -> list[Row]:
    """The figures: name, value, and the target where there is one."""
    return [*authorising(), *standing_today(), *verifying()]


def main() -> None:
    """Print the figures as a table."""
    for name, value, target in run():
        print(f"{name:64} {value:>14,.4f}  {target}")


if __name__ == "__main__":
    main()
