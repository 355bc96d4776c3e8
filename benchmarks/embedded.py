"""The embedded engine for benchmarks, and the peak of this process's memory."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def engine() -> Iterator[None]:
    """MiniStack on loopback, nothing kept, and this process's environment pointing at it."""
    from local.emulator import CREDENTIALS, Emulator, free_port

    with tempfile.TemporaryDirectory() as directory:
        emulator = Emulator(Path(directory), free_port(), {"PERSIST_STATE": "0", "AUTH": "false"})
        emulator.start()
        try:
            os.environ.update(CREDENTIALS)
            os.environ["AWS_ENDPOINT_URL"] = emulator.endpoint
            import boto3

            key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
            os.environ["YICHUANG_SIGNING_KEY"] = key["KeyMetadata"]["KeyId"]
            yield
        finally:
            emulator.stop()


def forget_peak() -> None:
    """Let the kernel count the peak of this process's memory anew (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    """The peak of this process's resident memory since then."""
    status = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
