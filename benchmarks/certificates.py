"""The certificate store on the embedded engine: bulk import and lookups.

* Import ÷ raw: rows a second of the importer (parse, check, seal, sign, look up what is there, write)
  over those of a loop of `batch_write_item` on a plain boto3 client with the very items that it
  wrote, on equal empty tables, in turns; the median of the rounds.
* Memory: peak resident size of a process that imports a file, at 1,000,000 rows and at 10,000.
  `YICHUANG_BENCH_ROWS` sets another size for the large one.
* Lookups: capacity units that the table says one lookup consumed, at 1,000 certificates and at the
  large size.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.embedded import engine, forget_peak, peak_mb

ROOT = Path(__file__).parent.parent
SMALL, FEW = 10_000, 1_000
LARGE = int(os.environ.get("YICHUANG_BENCH_ROWS", "1000000"))
ROUNDS, ROUND_ROWS = 5, 10_000
MASTER = "benchmarks seal with a master of their own"
Row = tuple[str, float, str]


def run() -> list[Row]:
    """The figures: name, value, and the target where there is one."""
    with engine(), tempfile.TemporaryDirectory() as directory:
        ratio, rows_a_second = _against_raw()
        files = Path(directory)
        few = _child("few", FEW, files)
        small = _child("small", SMALL, files)
        large = _child("large", LARGE, files)
    growth = [each["peak_mb"] - each["start_mb"] for each in (small, large)]
    return [
        ("import ÷ raw batch_write_item, rows a second", ratio, "≥ 0.7"),
        ("rows imported a second", rows_a_second, ""),
        (f"peak memory, {LARGE:,} ÷ {SMALL:,} rows", large["peak_mb"] / small["peak_mb"], "≤ 1.2"),
        (f"memory beyond the idle process at {SMALL:,} rows, MB", growth[0], ""),
        (f"memory beyond the idle process at {LARGE:,} rows, MB", growth[1], ""),
        ("read units of an identifier lookup at 1,000", few["get_units"], ""),
        (f"read units of an identifier lookup at {LARGE:,}", large["get_units"], "the same"),
        ("read units of a holder lookup at 1,000", few["query_units"], ""),
        (f"read units of a holder lookup at {LARGE:,}", large["query_units"], "the same"),
        ("calls a lookup", max(few["calls"], large["calls"]), "1"),
    ]


# --- against raw writes ------------------------------------------------------------------------------


def _against_raw() -> tuple[float, float]:
    _prepare("warm")
    ratios, speeds = [], []
    for number in range(ROUNDS + 1):
        taken, items = _import_round(f"import{number}", number)
        raw = _raw_round(f"raw{number}", items)
        if number:  # the first round warms both up
            ratios.append(raw / taken)
            speeds.append(ROUND_ROWS / taken)
    return statistics.median(ratios), statistics.median(speeds)


def _import_round(table: str, number: int) -> tuple[float, list[Any]]:
    """Seconds to import a file of rows into an empty table, and the items that it wrote."""
    from chalicelib.certificates import batches, importing, importjobs, terminal

    _new_table(table)
    written: list[Any] = []
    original = batches._write

    def keep(items: Any, client: Any) -> None:
        written.extend(items)
        original(items, client)

    with tempfile.NamedTemporaryFile() as file:
        for row in _rows(number * ROUND_ROWS, ROUND_ROWS):
            file.write(row)
        file.flush()
        source = terminal.LocalFile(Path(file.name))
        batches._write = keep
        begun = time.perf_counter()
        tally = importing.run_part(
            importing.Part(0, 0, source.size),
            None,
            source,
            _scope(),
            importjobs.into_the_store(),
        )
        taken = time.perf_counter() - begun
        batches._write = original
    if tally.stored != ROUND_ROWS or len(written) != ROUND_ROWS:
        raise AssertionError(f"stored {tally.stored} of {ROUND_ROWS}")
    return taken, written


def _raw_round(table: str, items: list[Any]) -> float:
    """Seconds to write the same items with nothing but `batch_write_item`."""
    import boto3

    _new_table(table)
    client = boto3.client("dynamodb")
    client.describe_table(TableName=table)  # the connection is there before the watch starts
    requests = [{"PutRequest": {"Item": item}} for item in items]
    begun = time.perf_counter()
    for start in range(0, len(requests), 25):
        answer = client.batch_write_item(RequestItems={table: requests[start : start + 25]})
        if answer["UnprocessedItems"]:
            raise AssertionError("the engine left items unwritten")
    return time.perf_counter() - begun


# --- memory and lookups, each size in a process of its own -------------------------------------------


def _child(table: str, rows: int, files: Path) -> dict[str, float]:
    file = files / f"{table}.jsonl"
    with file.open("wb") as out:
        out.writelines(_rows(0, rows))
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.certificates", table, str(rows), str(file)],
        check=True,
        capture_output=True,
        cwd=ROOT,
        text=True,
    )
    file.unlink()
    return dict(json.loads(done.stdout))


def _measure(table: str, rows: int, file: Path) -> dict[str, float]:
    _prepare(table)
    from chalicelib.certificates import terminal
    from chalicelib.core.events import Actor
    from chalicelib.core.time import SystemClock

    _warm_up()
    forget_peak()
    start = peak_mb()
    job = terminal.run(
        file, "office", Actor("bench", "office"), any_issuer=True, clock=SystemClock().now
    )
    if job.stored != rows:
        raise AssertionError(f"stored {job.stored} of {rows}")
    return {"start_mb": start, "peak_mb": peak_mb(), **_lookups(rows)}


def _warm_up() -> None:
    """Clients, keys and caches are there before the watch on memory begins."""
    from chalicelib.aws import signing
    from chalicelib.certificates import keys, store
    from chalicelib.certificates.batches import dynamodb

    keys.publish(signing.signer().public_key)
    dynamodb().describe_table(TableName=os.environ["YICHUANG_TABLE_CERTIFICATES"])
    list(store.of_holder("0" * 32))


def _lookups(rows: int) -> dict[str, float]:
    """Units and calls of the store's own two lookups, as the table reports them."""
    from chalicelib.aws.sealing import holder_key
    from chalicelib.certificates import store
    from chalicelib.core.identifiers import certificate_identifier

    kind, issuer, _ = _names()
    calls: list[float] = []
    events = store.CertificateItem._get_connection().connection.client.meta.events

    def ask(params: dict[str, Any], **_: Any) -> None:
        params["ReturnConsumedCapacity"] = "TOTAL"

    def note(parsed: dict[str, Any], **_: Any) -> None:
        calls.append(parsed["ConsumedCapacity"]["CapacityUnits"])

    for operation in ("GetItem", "Query"):
        events.register(f"provide-client-params.dynamodb.{operation}", ask)
        events.register(f"after-call.dynamodb.{operation}", note)
    serial = f"H{rows // 2:08d}"
    found = store.find(certificate_identifier(kind, issuer, serial))
    get_calls, calls[:] = list(calls), []
    held = list(store.of_holder(holder_key("111", _number(rows // 2))))
    if found is None or [each.serial for each in held] != [serial]:
        raise AssertionError("the lookups did not find what was imported")
    return {
        "get_units": sum(get_calls),
        "query_units": sum(calls),
        "calls": max(len(get_calls), len(calls)),
    }


# --- the room ----------------------------------------------------------------------------------------


def _prepare(table: str) -> None:
    """Settings, table and types of one store. The environment comes before the stores' import."""
    os.environ["YICHUANG_TABLE_CERTIFICATES"] = table
    from chalicelib.aws import sealing

    sealing.use(sealing.Keyring(1, {1: MASTER.encode()}))
    _new_table(table)
    from chalicelib.certificates import founding

    founding.found(json.loads((ROOT / "data" / "demo_catalogue.json").read_text("utf-8")))


def _new_table(name: str) -> None:
    """An empty table with the room's keys and index, and this process's stores pointing at it."""
    os.environ["YICHUANG_TABLE_CERTIFICATES"] = name
    import boto3

    from chalicelib.aws.settings import settings

    settings.cache_clear()
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": each, "AttributeType": "S"}
            for each in ("pk", "sk", "holder_pk", "holder_sk")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "holder",
                "KeySchema": [
                    {"AttributeName": "holder_pk", "KeyType": "HASH"},
                    {"AttributeName": "holder_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def _scope() -> Any:
    from chalicelib.aws.sealing import holder_key
    from chalicelib.certificates import types
    from chalicelib.certificates.rows import Scope

    return Scope("import:bench", None, types.in_force, holder_key, date.today())  # noqa: DTZ011


def _names() -> tuple[str, str, str]:
    """Type code, issuer's code and issuer's name of the rows."""
    document = json.loads((ROOT / "data" / "demo_catalogue.json").read_text("utf-8"))
    issuer = next(each for each in document["bodies"] if each["key"] == "rs")
    kind = next(each for each in document["certificate_types"] if each["key"] == "job_cert")
    return kind["type_code"], issuer["uscc"], issuer["name"]


def _rows(first: int, count: int) -> Iterator[bytes]:
    """Rows of different people, as JSON Lines."""
    kind, issuer, name = _names()
    for person in range(first, first + count):
        row = {
            "ZZLXDM": kind,
            "ZZBH": f"H{person:08d}",
            "ZZBFJG": name,
            "ZZBFJGDM": issuer,
            "ZZBFRQ": "2020-05-06",
            "ZZYXQQSRQ": "2020-05-06",
            "ZZYXQJZRQ": "长期",
            "CZZT": "某某某",
            "CZZTDM": _number(person),
            "CZZTDMLXDM": "111",
            "KZ_GZ": "电工",
        }
        yield json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _number(person: int) -> str:
    """A citizen number of nobody in particular: a thousand births a day from 1950 on."""
    from chalicelib.core.identifiers import citizen_check

    born = date(1950, 1, 1) + timedelta(days=person // 1000)
    first = f"410102{born:%Y%m%d}{person % 1000:03d}"
    return first + citizen_check(first)


if __name__ == "__main__":
    print(json.dumps(_measure(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))))
