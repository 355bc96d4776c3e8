"""What the other rooms ask of the catalogue, in one place."""

from __future__ import annotations

from chalicelib.catalogue.importing import ImportReport, import_catalogue
from chalicelib.catalogue.in_force import forget, item_in_force, item_version

__all__ = ["ImportReport", "forget", "import_catalogue", "item_in_force", "item_version"]
