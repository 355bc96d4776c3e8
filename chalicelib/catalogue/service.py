"""What the other rooms ask of the catalogue, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.catalogue.in_force import item_in_force, item_version
from chalicelib.catalogue.memory import forget

if TYPE_CHECKING:
    from chalicelib.catalogue.importing import ImportReport

__all__ = ["forget", "import_catalogue", "item_in_force", "item_version"]


def import_catalogue(document: Mapping[str, Any], **options: Any) -> ImportReport:
    """Take over a catalogue document: `importing.import_catalogue`, loaded when it is needed."""
    # Whoever opens a case imports this module, and has no use for the importer.
    from chalicelib.catalogue import importing  # noqa: PLC0415

    return importing.import_catalogue(document, **options)
