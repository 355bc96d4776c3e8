"""What differs between one deployment and another while the template is made.

What can wait until the template is deployed (issuers, district, origin) is a parameter of a stack.
"""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import App, RemovalPolicy


@dataclass(frozen=True, slots=True)
class Stage:
    """One deployment of the product. Every value may be given as CDK context (`-c name=value`)."""

    name: str
    """Part of every stack's name: `local`, `test`, `production`."""
    protected: bool
    """Data outlives its stack: deletion protection, retained keys and buckets."""
    architecture: str
    """Lambda's instruction set, `x86_64` or `arm64`."""

    @classmethod
    def from_context(cls, app: App) -> Stage:
        """The stage that the context describes; without any, an unprotected one called `dev`."""

        def context(key: str, default: str = "") -> str:
            value = app.node.try_get_context(key)
            return default if value is None else str(value)

        name = context("stage", "dev")
        return cls(
            name=name,
            protected=context("protected", "true" if name == "production" else "false") == "true",
            architecture=context("architecture", "x86_64"),
        )

    @property
    def removal(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self.protected else RemovalPolicy.DESTROY
