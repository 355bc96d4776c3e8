"""The embedded emulator as a process of its own: MiniStack on loopback, with the patches.

`Emulator` starts and ends it from outside; `python -m local.emulator` is its inside.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ACCOUNT = "000000000000"
REGION = "us-east-1"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
CHECKPOINT_SECONDS = 10.0

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_REGION": REGION,
}
"""What the launcher signs with: the emulated account's own owner, who may do everything."""


class EmulatorError(RuntimeError):
    """The emulator did not do what it was asked to."""


@dataclass
class Emulator:
    """MiniStack with its state in `directory`, on `port` of loopback.

    `inherited` is passed on to every function that it runs, beside the function's own settings.
    """

    directory: Path
    port: int
    inherited: Mapping[str, str] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory / "emulator.log"

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start and wait until it answers. Raises EmulatorError with the end of its log."""
        scratch = self.directory / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)  # what a killed one left
        scratch.mkdir(parents=True)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "local.emulator"],
                cwd=Path(__file__).parent.parent,
                env=self._environment(scratch),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a Ctrl-C is for the launcher, which stops this in turn
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Let it write its state and end."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a power cut would: nothing is written."""
        self._end(signal.SIGKILL)

    def _environment(self, scratch: Path) -> dict[str, str]:
        own = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        return {
            **own,
            **CREDENTIALS,
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "MINISTACK_ACCOUNT_ID": ACCOUNT,
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "AUTH": "true",  # the functions' roles hold here as they do in the cloud
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.directory / "state"),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.directory / "s3"),
            "TMPDIR": str(scratch),
            "LAMBDA_WARM_TTL_SECONDS": "60",
            "LOG_LEVEL": "WARNING",
            **self.inherited,
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                raise EmulatorError(f"the emulator ended at once:\n{self._last_words()}")
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        self.kill()
        raise EmulatorError(f"the emulator does not answer:\n{self._last_words()}")

    def _last_words(self) -> str:
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-20:])

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        with suppress(ProcessLookupError):  # the functions' processes, which are of its group
            os.killpg(process.pid, signal.SIGKILL)


def free_port(wanted: int = 0) -> int:
    """The port wanted if nothing listens on it now, else another one of loopback."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    """Serve, patched, until SIGTERM."""
    from ministack import app  # noqa: PLC0415 - reads its settings when imported
    from ministack.core.persistence import save_all  # noqa: PLC0415

    from local import patches  # noqa: PLC0415

    patches.apply()
    one_at_a_time = threading.Lock()

    def save(services: Mapping[str, Callable[[], Any]]) -> None:
        with one_at_a_time:
            save_all(services)

    def checkpoint() -> None:
        save(app._build_persistence_save_dict())

    # MiniStack writes its state when it is stopped; a power cut should not cost a day's work.
    app.save_all = save
    threading.Thread(target=_keep_doing, args=(checkpoint,), name="saver", daemon=True).start()
    app.main()


def _keep_doing(checkpoint: Callable[[], None]) -> None:
    """Do it now and then, and never for more than a fiftieth of the time."""
    took = 0.0
    while True:
        time.sleep(max(CHECKPOINT_SECONDS, 50 * took))
        began = time.monotonic()
        checkpoint()
        took = time.monotonic() - began


if __name__ == "__main__":
    main()
