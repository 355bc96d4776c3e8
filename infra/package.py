"""The deployment package: what goes into the one zip that every function runs from.

Chalice would zip the sources as they are. This package also carries byte code, so that a cold start
compiles nothing, leaves out what no function can reach, and is the same file, byte for byte, for
the same sources: a deployment that changes nothing uploads nothing.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import py_compile
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import chalice
from chalice import app as chalice_app
from chalice.cli.factory import CLIFactory
from chalice.config import Config
from chalice.deploy.packager import (
    DependencyBuilder,
    LambdaDeploymentPackager,
    PipRunner,
    SubprocessPip,
)
from chalice.utils import UI, OSUtils

MAX_BYTES = 25 * 1024 * 1024
"""The most the zip may weigh."""

BOTOCORE_SERVICES = frozenset(
    {"dynamodb", "events", "kms", "s3", "secretsmanager", "stepfunctions", "sts"}
)
"""The service models that stay in botocore. Every client a room creates is one of these."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o644 << 16
_RUNTIME_ROOT = "/var/task"
_NEVER_SHIPPED = frozenset({"__pycache__", "tests", "test", "bin"})
_SUFFIXES_LEFT_OUT = frozenset({".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".md", ".rst"})
_METADATA_KEPT = frozenset({"METADATA", "entry_points.txt"})


def build(project: Path, dependencies: Path, target: Path) -> Path:
    """Write the package of `project` with the installed `dependencies` to `target`.

    `dependencies` is a site-packages directory for the runtime; only what is reachable is taken.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    members = dict(_library_members(dependencies)) | dict(_application_members(project))
    with (
        tempfile.TemporaryDirectory() as scratch,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle,
    ):
        for name in sorted(members):
            source = members[name]
            _add(bundle, name, source.read_bytes())
            if source.suffix == ".py":
                _add(bundle, _byte_code_name(name), _byte_code(source, name, Path(scratch)))
    return target


class Packager(LambdaDeploymentPackager):
    """Chalice's packaging step: dependencies installed once a lock file, then `build`."""

    def __init__(self, config: Config, cache: Path) -> None:
        tools = OSUtils()
        super().__init__(
            tools,
            DependencyBuilder(
                tools,
                PipRunner(SubprocessPip(tools), tools),
                architecture=config.lambda_architecture,
            ),
            UI(),
            config.lambda_architecture,
        )
        self._cache = cache

    def create_deployment_package(self, project_dir: str, python_version: str) -> str:
        """Build the zip and return its path."""
        project = Path(project_dir)
        target = self._cache / f"{python_version}-{self._architecture}.zip"
        return str(build(project, self._dependencies(project, python_version), target))

    def _dependencies(self, project: Path, python_version: str) -> Path:
        requirements = project / "requirements.txt"
        name = f"{python_version}-{self._architecture}-{_digest(requirements)}"
        installed = self._cache / name
        if not installed.is_dir():
            self._cache.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=self._cache) as scratch:
                fresh = Path(scratch) / "site-packages"
                fresh.mkdir()
                self._build_python_dependencies(python_version, str(requirements), str(fresh))
                shutil.move(fresh, installed)
        return installed


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _application_members(project: Path) -> Iterator[tuple[str, Path]]:
    yield "app.py", project / "app.py"
    for module in (chalice, chalice_app):
        source = Path(inspect.getfile(module))
        yield f"chalice/{source.name}", source
    yield from _tree(project / "chalicelib", "chalicelib")


def _library_members(site_packages: Path) -> Iterator[tuple[str, Path]]:
    for name, source in _tree(site_packages, ""):
        if _reachable(PurePosixPath(name)):
            yield name, source


def _tree(root: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    for source in root.rglob("*"):
        relative = source.relative_to(root)
        shipped = source.suffix not in _SUFFIXES_LEFT_OUT
        if shipped and source.is_file() and not _NEVER_SHIPPED & set(relative.parts[:-1]):
            yield str(PurePosixPath(prefix, *relative.parts)), source


def _reachable(name: PurePosixPath) -> bool:
    parts = name.parts
    if parts[0].endswith(".dist-info"):
        return name.name in _METADATA_KEPT
    if parts[0] == "chalice":  # its two runtime files come with the application
        return False
    if parts[:2] == ("botocore", "data"):
        return len(parts) == 3 or parts[2] in BOTOCORE_SERVICES
    return parts[:2] not in {("boto3", "data"), ("boto3", "examples"), ("botocore", "docs")}


def _byte_code_name(name: str) -> str:
    path = PurePosixPath(name)
    cached = Path(importlib.util.cache_from_source(path.name)).name
    return str(path.parent / "__pycache__" / cached)


def _byte_code(source: Path, name: str, scratch: Path) -> bytes:
    """Byte code that is taken without looking at the source: the package never changes in place."""
    compiled = scratch / "compiled.pyc"
    py_compile.compile(
        str(source),
        cfile=str(compiled),
        dfile=f"{_RUNTIME_ROOT}/{name}",
        doraise=True,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return compiled.read_bytes()


def _add(bundle: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = _FILE_MODE
    bundle.writestr(entry, content)


def main() -> None:
    """Build the package of this project and say how much it weighs."""
    project = Path(__file__).parent.parent
    config = CLIFactory(str(project)).create_config_obj("local")
    packager = Packager(config, project / ".local" / "package")
    package = Path(packager.create_deployment_package(str(project), config.lambda_python_version))
    size = package.stat().st_size
    print(f"{size / 2**20:.1f} MiB zipped of {MAX_BYTES / 2**20:.0f}: {package}")


if __name__ == "__main__":
    main()
