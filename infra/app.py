"""The CDK app: two stacks, the one that holds state and the one that does the work.

`python -m infra.app [directory]` writes the cloud assembly to the directory, `cdk.out` if none is
named. The CDK command line passes its context and its directory by the environment.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra.function import Flow, Function
from infra.functions import API_HANDLER, AUTHORIZER, FLOWS, WORKERS
from infra.parts.flows import placeholders
from infra.stacks.data import DataStack
from infra.stacks.service import ServiceStack
from infra.stage import Stage

PROJECT = Path(__file__).parent.parent
CACHE = PROJECT / ".local" / "package"


class UndeclaredFunctionError(LookupError):
    """The Chalice app has a function that the table of functions does not know."""


def build(
    app: App,
    *,
    functions: Sequence[Function] | None = None,
    definitions: Mapping[Flow, Path] | None = None,
) -> tuple[DataStack, ServiceStack]:
    """Both stacks of the stage that the app's context names."""
    stage = Stage.from_context(app)
    functions = registered() if functions is None else functions
    data = DataStack(app, f"Yichuang-{stage.name}-data", stage=stage)
    service = ServiceStack(
        app,
        f"Yichuang-{stage.name}-service",
        stage=stage,
        data=data,
        project=PROJECT,
        cache=CACHE,
        functions=functions,
        definitions=machines(functions) if definitions is None else definitions,
    )
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return data, service


def registered() -> list[Function]:
    """The functions that the Chalice app has, as they are declared.

    Raises UndeclaredFunctionError for one that the table of functions does not know: it would
    have neither a role nor a memory size.
    """
    application = import_module("app").app
    handlers = (*application.pure_lambda_functions, *application.builtin_auth_handlers)
    names = {handler.name for handler in handlers}
    undeclared = names - {function.name for function in (AUTHORIZER, *WORKERS)}
    if undeclared:
        raise UndeclaredFunctionError(f"not in infra/functions.py: {sorted(undeclared)}")
    return [API_HANDLER, *(f for f in (AUTHORIZER, *WORKERS) if f.name in names)]


def machines(functions: Sequence[Function]) -> dict[Flow, Path]:
    """The definitions there are, by flow."""
    paths = {flow: PROJECT / "statemachines" / f"{flow.name}.asl.json" for flow in FLOWS}
    named = {"Partition"} | {function.logical_id for function in functions}
    return {
        flow: path
        for flow, path in paths.items()
        if path.is_file() and placeholders(path.read_text("utf-8")) <= named
    }


def main(directory: str = "cdk.out") -> None:
    """Synthesise."""
    app = App(outdir=os.environ.get("CDK_OUTDIR", directory))
    build(app)
    app.synth()


if __name__ == "__main__":
    main(*sys.argv[1:2])
