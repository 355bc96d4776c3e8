"""Reading a large file in byte ranges: every line belongs to exactly one range; pure.

A range owns the lines that begin in it, so ranges can be read by different workers in any order and
again. Memory is bounded by one block and one line; a line longer than the limit is given as None.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def split(first: int, size: int, each: int, at_most: int = 1000) -> list[tuple[int, int]]:
    """Cut [first, size) into ranges of about `each` bytes, larger ones if they would be too many."""
    step = max(each, -(-(size - first) // at_most), 1)
    return [(start, min(start + step, size)) for start in range(first, size, step)]


def lines(blocks: Iterable[bytes], start: int, end: int, longest: int) -> Iterator[bytes | None]:
    """The lines that begin in [start, end), without their line ends; None for one too long.

    `blocks` are the file's bytes from offset `read_from(start)` on, of any lengths, as far as they
    are asked for.
    """
    begins = read_from(start)  # offset at which the line in `held` begins
    held, dropped = b"", 0
    for block in blocks:
        *ended, open_end = block.split(b"\n")
        for part in ended:
            line = held + part
            if dropped or len(line) > longest:
                line, dropped = b"", dropped + len(line)
            if begins >= start:
                yield None if dropped else line.removesuffix(b"\r")
            begins += dropped + len(line) + 1
            held, dropped = b"", 0
            if begins >= end:
                return
        held += open_end
        if len(held) > longest:
            held, dropped = b"", dropped + len(held)
    if (held or dropped) and start <= begins < end:
        yield None if dropped else held.removesuffix(b"\r")


def read_from(start: int) -> int:
    """The offset to read a range from: one byte before it, to see whether a line begins there."""
    return max(start - 1, 0)
