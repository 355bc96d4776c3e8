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
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Literal

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
    {"dynamodb", "events", "kms", "s3", "secretsmanager", "sns", "stepfunctions"}
)
"""The service models that stay in botocore. Every client a room creates is one of these."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o644 << 16
_RUNTIME_ROOT = "/var/task"
_NEVER_SHIPPED = frozenset({"__pycache__", "tests", "test", "bin"})
_SUFFIXES_LEFT_OUT = frozenset({".pyc", ".pyi", ".pyx", ".pxd", ".c", ".h", ".md", ".rst"})
_METADATA_KEPT = frozenset({"METADATA", "entry_points.txt"})


def pack_libraries(site_packages: Path, target: Path) -> Path:
    """Write what is reachable of an installed site-packages directory, with byte code."""
    members = {
        name: source for name, source in _tree(site_packages, "") if _reachable(PurePosixPath(name))
    }
    return _write(members, target, "w")


def pack(project: Path, libraries: Path, target: Path) -> Path:
    """Write the package of `project`: the packed `libraries`, then the application."""
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as scratch:
        unfinished = Path(scratch.name)
    shutil.copyfile(libraries, unfinished)
    _write(dict(_application_members(project)), unfinished, "a")
    return unfinished.replace(target)


class Packager(LambdaDeploymentPackager):
    """Chalice's packaging step: libraries packed once a lock file, then the application."""

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
        """Build the zip and return its path. Raises MissingDependencyError."""
        project = Path(project_dir)
        self._cache.mkdir(parents=True, exist_ok=True)
        target = self._cache / f"{python_version}-{self._architecture}.zip"
        return str(pack(project, self._libraries(project, python_version), target))

    def _libraries(self, project: Path, python_version: str) -> Path:
        requirements = project / "requirements.txt"
        digest = hashlib.sha256(requirements.read_bytes() + Path(__file__).read_bytes())
        runtime = f"{python_version}-{self._architecture}"
        packed = self._cache / f"libraries-{runtime}-{digest.hexdigest()[:16]}.zip"
        if not packed.is_file():
            with tempfile.TemporaryDirectory(dir=self._cache) as scratch:
                installed = Path(scratch) / "site-packages"
                installed.mkdir()
                self._dependency_builder.build_site_packages(
                    self._RUNTIME_TO_ABI[python_version], str(requirements), str(installed)
                )
                pack_libraries(installed, Path(scratch) / packed.name).replace(packed)
        return packed


def _application_members(project: Path) -> Iterator[tuple[str, Path]]:
    yield "app.py", project / "app.py"
    for module in (chalice, chalice_app):
        source = Path(inspect.getfile(module))
        yield f"chalice/{source.name}", source
    yield from _tree(project / "chalicelib", "chalicelib")


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
    return parts[:2] not in {("boto3", "data"), ("boto3", "examples")}


def _byte_code_name(name: str) -> str:
    path = PurePosixPath(name)
    cached = Path(importlib.util.cache_from_source(path.name, optimization="")).name
    return str(path.parent / "__pycache__" / cached)


def _byte_code(source: Path, name: str, scratch: Path) -> bytes:
    """Byte code that is taken without looking at the source: the package never changes in place."""
    py_compile.compile(
        str(source),
        cfile=str(scratch),
        dfile=f"{_RUNTIME_ROOT}/{name}",
        doraise=True,
        optimize=0,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
    return scratch.read_bytes()


def _write(members: Mapping[str, Path], target: Path, mode: Literal["w", "a"]) -> Path:
    with (
        tempfile.TemporaryDirectory() as scratch,
        zipfile.ZipFile(target, mode, zipfile.ZIP_DEFLATED, compresslevel=6) as bundle,
    ):
        compiled = Path(scratch) / "compiled.pyc"
        for name, source in sorted(members.items()):
            _add(bundle, name, source.read_bytes())
            if source.suffix == ".py":
                _add(bundle, _byte_code_name(name), _byte_code(source, name, compiled))
    return target


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
