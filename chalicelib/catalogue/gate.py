"""The publication gate of clause 11: what an item lacks before it may be in force."""

from __future__ import annotations

from chalicelib.catalogue.model import Item


def missing_for_publication(item: Item) -> tuple[str, ...]:
    """What keeps an item from being published, in words; empty when nothing does.

    The eleven fields of clause 11, and the list of materials with a sample of each
    (行政许可法 art. 30).
    """
    lacking = [f"{name}未填写" for name, value in item.disclosure.items() if not value.strip()]
    if not item.materials:
        lacking.append("没有材料清单")
    for material in item.materials:
        if material.sample is None or not any(line.strip() for line in material.sample.lines):
            lacking.append(f"材料“{material.name}”没有示例样表")
    return tuple(lacking)
