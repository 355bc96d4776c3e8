"""The deployment package: small, the same for the same sources, ready to run, and complete."""

from __future__ import annotations

import ast
import importlib.util
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from infra.app import PROJECT
from infra.lock import closure, wanted
from infra.package import BOTOCORE_SERVICES, MAX_BYTES, pack, pack_libraries
from local.assembly import assembly
from local.cloud import stacks
from local.deployment import ASSEMBLIES

UNCHECKED = 0b01
"""PEP 552: the byte code is taken by a hash that nobody compares."""


@pytest.fixture(scope="session")
def package() -> Path:
    """The zip as it is deployed."""
    (found,) = assembly("production", ASSEMBLIES).glob("asset.*.zip")
    return found


@pytest.fixture(scope="session")
def unpacked(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("task")
    with zipfile.ZipFile(package) as bundle:
        bundle.extractall(target)
    return target


def handlers() -> list[str]:
    """The `Handler` of every function of the application."""
    application = import_module("app").app
    functions = (*application.pure_lambda_functions, *application.builtin_auth_handlers)
    return ["app.app", *sorted(function.handler_string for function in functions)]


def test_the_handlers_are_those_of_the_template() -> None:
    service = stacks(assembly("production", ASSEMBLIES))[-1]
    deployed = {
        resource["Properties"]["Handler"]
        for resource in json.loads(service.template)["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert deployed == set(handlers())


def test_it_weighs_at_most_25_mib(package: Path) -> None:
    assert package.stat().st_size <= MAX_BYTES


def test_every_module_comes_with_byte_code_that_is_not_checked(package: Path) -> None:
    with zipfile.ZipFile(package) as bundle:
        names = set(bundle.namelist())
        for name in names:
            if name.endswith(".py"):
                compiled = importlib.util.cache_from_source(name, optimization="")
                header = bundle.read(compiled)[:8]
                assert header[:4] == importlib.util.MAGIC_NUMBER, name
                assert header[4] == UNCHECKED, name


def test_it_holds_neither_tests_nor_type_stubs_nor_models_of_unused_services(
    package: Path,
) -> None:
    with zipfile.ZipFile(package) as bundle:
        names = bundle.namelist()
    assert not [name for name in names if name.endswith((".pyi", ".c"))]
    assert not [name for name in names if "/tests/" in name or name.startswith("tests/")]
    services = {name.split("/")[2] for name in names if name.startswith("botocore/data/")}
    assert {service for service in services if "." not in service} == BOTOCORE_SERVICES


def test_the_same_sources_make_the_same_bytes(tmp_path: Path) -> None:
    library = tmp_path / "site-packages" / "library"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("VALUE = 1\n")
    made = []
    for name in ("first.zip", "second.zip"):
        libraries = pack_libraries(tmp_path / "site-packages", tmp_path / f"libraries-{name}")
        made.append(pack(PROJECT, libraries, tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_every_client_that_a_room_creates_has_its_model_in_the_package() -> None:
    created = set()
    for source in (PROJECT / "chalicelib").rglob("*.py"):
        text = source.read_text("utf-8")
        created |= set(re.findall(r"(?:client|resource|create_client)\(\s*\"(\w+)\"", text))
    assert created
    assert created <= BOTOCORE_SERVICES


@pytest.mark.parametrize("handler", handlers())
def test_a_handler_is_found_with_nothing_but_the_package(handler: str, unpacked: Path) -> None:
    module, _, name = handler.rpartition(".")
    script = (
        f"import sys; sys.path.insert(0, {str(unpacked)!r});"
        f"import {module} as m; assert callable(m.{name}), {handler!r}"
    )
    environment = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def imported(folder: Path) -> Iterator[str]:
    for source in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(source.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                yield node.module.partition(".")[0]


def test_whatever_a_room_imports_even_lazily_is_in_the_package(unpacked: Path) -> None:
    ours = {"chalicelib", "__future__"} | sys.stdlib_module_names
    for name in set(imported(PROJECT / "chalicelib")) - ours:
        stubs_only = name.startswith(("mypy_boto3", "types_"))
        there = (unpacked / name).is_dir() or (unpacked / f"{name}.py").is_file()
        assert there or stubs_only, name


def test_the_locks_pin_what_is_installed_and_name_no_address() -> None:
    for name in ("requirements", "requirements-dev"):
        lines = (PROJECT / f"{name}.txt").read_text("utf-8").splitlines()
        pinned = {line for line in lines if not line.startswith("#")}
        assert pinned == set(closure(wanted(PROJECT / f"{name}.in")).values()), name
        assert not [line for line in lines if "://" in line]


def test_what_runs_on_lambda_is_locked_with_the_same_versions_for_development() -> None:
    def pins(name: str) -> set[str]:
        lines = (PROJECT / name).read_text("utf-8").splitlines()
        return {line for line in lines if not line.startswith("#")}

    assert pins("requirements.txt") < pins("requirements-dev.txt")
    assert not [line for line in pins("requirements.txt") if line.startswith("chalice==")]
