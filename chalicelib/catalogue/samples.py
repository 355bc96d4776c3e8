"""The library of samples that districts share: what a right document or a filled form looks like.

行政许可法 art. 30 asks for a sample of the application; the gate asks for one of each material. A
catalogue may bring its own; where it does not, the library is asked by the material's name. A
material that neither knows has no sample, and its item cannot be in force.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from chalicelib.catalogue.model import Material, Sample


@cache
def library() -> tuple[tuple[tuple[str, ...], Sample], ...]:
    """The names that each sample serves, in the order in which they are tried."""
    text = Path(__file__).with_name("samples.json").read_text(encoding="utf-8")
    return tuple((tuple(each["names"]), Sample.from_dict(each)) for each in json.loads(text))


def sample_for(material: Material) -> Sample | None:
    """The first sample whose name occurs in the material's name."""
    for names, sample in library():
        if any(name in material.name for name in names):
            return sample
    return None
