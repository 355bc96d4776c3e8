"""The stack that holds state. It changes seldom and is protected from being deleted."""

from __future__ import annotations

from aws_cdk import CfnParameter, Stack
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
        web_origin = CfnParameter(
            self,
            "WebOrigin",
            description="The origin of the web pages, the only one that may upload documents",
        )
        self.storage = Storage(self, "Storage", stage=stage, web_origin=web_origin.value_as_string)
        self.secrets = Secrets(self, "Secrets", stage=stage, data_key=self.storage.key)
