"""The stack that holds state. It changes seldom and is protected from being deleted."""

from __future__ import annotations

from aws_cdk import Stack
from constructs import Construct

from infra.parts.secrets import Secrets
from infra.parts.storage import Storage
from infra.stage import Stage


class DataStack(Stack):
    """Tables, documents, keys."""

    def __init__(self, scope: Construct, name: str, *, stage: Stage) -> None:
        super().__init__(
            scope,
            name,
            description="Yichuang: tables, documents and keys",
            termination_protection=stage.protected,
        )
        self.storage = Storage(self, "Storage", stage=stage)
        self.secrets = Secrets(self, "Secrets", stage=stage, data_key=self.storage.key)
