"""The whole product on one machine: the emulator, the deployed template, the one address.

`make run` holds one of these; so do the deployed tests and the benchmarks, on ports of their own
and with their state in a directory that goes when they go.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, TYPE_CHECKING, Any

import httpx
from botocore.exceptions import ClientError

from chalicelib.aws.sealing import Keyring
from chalicelib.catalogue.signatures import PURPOSE
from local import demo
from local.assembly import PROJECT, assembly
from local.clock import DemoClock
from local.cloud import Cloud
from local.emulator import CREDENTIALS, Emulator, free_port
from local.fees import FeeCounter
from local.gateway import Gateway, GatewayServer, Upstream, listen
from local.issuer import Issuer, load_accounts

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

LOCAL = PROJECT / ".local"
ASSEMBLIES = LOCAL / "assemblies"
PAGES = PROJECT / "web" / "dist"
STAGE = "local"
DISTRICT = "410102"
AUDIENCE = "yichuang"
DEMO_MARK = "/yichuang/local/demo"

Say = Callable[[str, str], None]
"""Told what is being done: a step's name, and how it went."""


def _silent(_step: str, _result: str) -> None:
    return None


class StateInUseError(OSError):
    """Another process runs on the same state."""


class DemoDataError(RuntimeError):
    """The demo data could not be loaded. The text says why."""


@dataclass
class Deployment:
    """One deployment with its state in `directory`, answering at `base_url`.

    `day_seconds` lets a day last so many real seconds; `port` 0 takes a free one and keeps it.
    """

    directory: Path
    port: int = 0
    day_seconds: float | None = None
    pages: Path = PAGES
    say: Say = _silent
    settings: Mapping[str, str] = field(init=False, default_factory=dict)
    """Of every function, as `chalicelib.aws.settings` names them; known after `start`."""
    functions: Mapping[str, str] = field(init=False, default_factory=dict)
    """The deployed functions' names by their logical ids (`Relay`); known after `start`."""

    def __post_init__(self) -> None:
        self.directory.mkdir(parents=True, exist_ok=True)
        ports = self._ports()
        self.port = ports["gateway"]
        self._emulator = Emulator(self.directory, ports["emulator"])
        self.clock: DemoClock | None = None
        """The demonstration's clock while it runs."""
        self._server: GatewayServer | None = None
        self._listening: socket.socket | None = None
        self._lock: IO[bytes] | None = None

    @property
    def base_url(self) -> str:
        """The one address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self) -> str:
        """The emulator's own address, for boto3."""
        return self._emulator.endpoint

    @property
    def log(self) -> Path:
        """Where the emulator writes what it has to say."""
        return self._emulator.log

    @cached_property
    def cloud(self) -> Cloud:
        """The emulated account."""
        return Cloud(self.endpoint, CREDENTIALS)

    @cached_property
    def issuer(self) -> Issuer:
        """Who signs the demo accounts' tokens."""
        accounts = load_accounts(demo.DATA / "demo_accounts.json")
        return Issuer.open(self.directory, f"{self.base_url}/local", AUDIENCE, accounts)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to work on this deployment as one of its functions would."""
        clock = {"YICHUANG_CLOCK": self.clock.setting} if self.clock else {}
        return {
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.endpoint,
            "YICHUANG_DOCUMENTS_ENDPOINT": self.base_url,
            **clock,
            **self.settings,
        }

    def start(self, *, with_demo_data: bool = True) -> None:
        """Bring everything up; what is up to date already is left alone.

        Raises SynthesisError, EmulatorError, DeploymentError, DemoDataError, OSError (port taken).
        """
        self._lock = _lock(self.directory / "lock")
        self._listening = listen(self.port)
        self.say("合成 CDK 应用", "")
        made = assembly(STAGE, ASSEMBLIES)
        self.clock = DemoClock(self.directory / "clock.json", self.day_seconds)
        self.clock.start()
        self._emulator.inherited = {
            "YICHUANG_CLOCK": self.clock.setting,
            "YICHUANG_DOCUMENTS_ENDPOINT": self.base_url,
        }
        self.say("启动 MiniStack", self.endpoint)
        self._emulator.start()
        outputs = self.cloud.deploy(
            made, self._parameters(), lambda what: self.say("部署堆栈", what)
        )
        self.functions = {
            name.removesuffix("Function"): deployed
            for name, deployed in outputs.items()
            if name.endswith("Function")
        }
        self.settings = self._function_settings(self.functions["APIHandler"])
        upstream = Upstream(
            self.endpoint,
            outputs["ApiId"],
            outputs["ApiStage"],
            self.settings["YICHUANG_DOCUMENTS_BUCKET"],
        )
        counter = FeeCounter(self._fee_key, self.clock.now, self.directory / "fees.jsonl")
        gateway = Gateway(upstream, self.issuer, self.pages, counter)
        self._server, self._listening = GatewayServer(gateway, self._listening), None
        self._server.start()
        if with_demo_data:
            self._load_demo_data()
        self._warm_up()

    def stop(self) -> None:
        """Stop everything that `start` started; the state stays."""
        self._end(self._emulator.stop)

    def kill(self) -> None:
        """Stop as a power cut would: what the emulator had not written is lost."""
        self._end(self._emulator.kill)

    def restart(self) -> None:
        """Stop and start again on the same state."""
        self.stop()
        self.start()

    def client(self, service: str) -> Any:
        """A boto3 client of this deployment."""
        return self.cloud.client(service)

    def token(self, account: str) -> str:
        """An access token of a demo account. Raises UnknownAccountError."""
        return self.issuer.token(account)

    def _end(self, end_emulator: Callable[[], None]) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.stop()
        end_emulator()
        clock, self.clock = self.clock, None
        if clock is not None:
            clock.stop()
        for held in (self._listening, self._lock):
            if held is not None:
                held.close()
        self._listening = self._lock = None

    def _ports(self) -> dict[str, int]:
        """The ports, chosen once: the issuer's address is part of the state."""
        kept = self.directory / "ports.json"
        ports: dict[str, int] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
        ports["gateway"] = self.port or ports.get("gateway") or free_port()
        ports["emulator"] = free_port(ports.get("emulator", 0))
        kept.write_text(json.dumps(ports), "utf-8")
        return ports

    def _parameters(self) -> dict[str, str]:
        issuer = {"issuer": self.issuer.issuer, "jwks_uri": f"{self.issuer.issuer}/jwks.json"}
        return {
            "District": DISTRICT,
            "Issuers": json.dumps([issuer]),
            "Audience": AUDIENCE,
            "WebOrigin": self.base_url,
            # A name that is reserved for examples: a demonstration tells nobody anything.
            "WebhookDomains": "example",
        }

    def _function_settings(self, function: str) -> dict[str, str]:
        client: LambdaClient = self.client("lambda")
        variables = client.get_function_configuration(FunctionName=function)["Environment"]
        return {
            name: value
            for name, value in variables["Variables"].items()
            if name.startswith("YICHUANG_")
        }

    def _fee_key(self) -> bytes:
        """What the platform and its fee system sign with, out of the deployment's own secret."""
        secret = self.client("secretsmanager").get_secret_value(
            SecretId=self.settings["YICHUANG_SECRET_NAME"]
        )
        return Keyring.parse(secret["SecretString"]).fixed_key(PURPOSE)

    def _load_demo_data(self) -> None:
        parameters = self.client("ssm")
        wanted = demo.digest()
        try:
            loaded = parameters.get_parameter(Name=DEMO_MARK)["Parameter"]["Value"]
        except ClientError:
            loaded = ""
        if loaded == wanted:
            self.say("演示数据", "已在")
            return
        for line in self._run_module("local.demo"):
            self.say("演示数据", line)
        parameters.put_parameter(Name=DEMO_MARK, Value=wanted, Type="String", Overwrite=True)

    def _warm_up(self) -> None:
        """Start what the first visitor would wait for, and repair what the last stop cut off.

        Executions that waited when the emulator stopped come back failed; the reconciler starts
        them anew, now instead of at its next hour.
        """
        self.say("唤醒函数", "")
        client: LambdaClient = self.client("lambda")
        with suppress(httpx.HTTPError):
            httpx.get(f"{self.base_url}/v1/health", timeout=30, trust_env=False)
        if "Reconcile" in self.functions:
            client.invoke(
                FunctionName=self.functions["Reconcile"], InvocationType="Event", Payload=b"{}"
            )

    def _run_module(self, module: str) -> Iterator[str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        with subprocess.Popen(
            [sys.executable, "-m", module],
            cwd=PROJECT,
            env={**own, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            for line in process.stdout:
                yield line.strip()
            complaint = process.stderr.read()
        if process.returncode:
            raise DemoDataError(complaint)


def _lock(file: Path) -> IO[bytes]:
    """Hold the state for this process alone. Raises StateInUseError."""
    handle = file.open("wb")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as held:
        handle.close()
        raise StateInUseError(f"{file.parent} 正被另一个进程使用") from held
    return handle


@contextmanager
def deployed(
    *, day_seconds: float | None = None, with_demo_data: bool = True
) -> Iterator[Deployment]:
    """A deployment of its own that leaves nothing behind, for tests and measurements."""
    with TemporaryDirectory(prefix="yichuang-") as directory:
        deployment = Deployment(Path(directory), day_seconds=day_seconds)
        try:
            deployment.start(with_demo_data=with_demo_data)
            yield deployment
        finally:
            deployment.kill()  # what it would still write goes with the directory
