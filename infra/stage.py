"""What differs between one deployment and another, and nothing else."""

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
    issuers: str
    """The OIDC issuers whose tokens are accepted, as `YICHUANG_ISSUERS` has them."""
    audience: str
    """The audience that a token must name."""
    web_origin: str
    """The origin of the web pages, the only one that may upload documents from a browser."""

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
            issuers=context("issuers"),
            audience=context("audience", "yichuang"),
            web_origin=context("web_origin", "http://127.0.0.1:8000"),
        )

    @property
    def removal(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self.protected else RemovalPolicy.DESTROY
