"""What a file is by its content. A name and a declared type are claims; only the bytes decide.

Accepted are what archives keep and phones make: PDF and OFD (GB/T 33190) documents, JPEG and PNG
images. Office formats are not: they carry macros and no archive takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

PDF = "application/pdf"
OFD = "application/ofd"
JPEG = "image/jpeg"
PNG = "image/png"

PDF_TAIL = 2048
OFD_ENTRIES = 10_000


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-PDF_TAIL:]


def _is_jpeg(content: bytes) -> bool:
    # A phone may append a short film to a photograph, so the end mark need not be at the end.
    return content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content[3:]


def _is_png(content: bytes) -> bool:
    return (
        content.startswith(b"\x89PNG\r\n\x1a\n")
        and content[12:16] == b"IHDR"
        and (content.rstrip(b"\x00").endswith(b"IEND\xaeB`\x82"))
    )


def _is_ofd(content: bytes) -> bool:
    """A zip whose root holds OFD.xml, the entry point that GB/T 33190 prescribes."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    import io  # noqa: PLC0415 - import time: few requests bring an OFD
    import zipfile  # noqa: PLC0415 - the same

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            names = package.namelist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return len(names) <= OFD_ENTRIES and "OFD.xml" in names


RECOGNISERS: Mapping[str, Callable[[bytes], bool]] = {
    PDF: _is_pdf,
    OFD: _is_ofd,
    JPEG: _is_jpeg,
    PNG: _is_png,
}
ACCEPTED: Mapping[str, str] = {PDF: "PDF", OFD: "OFD", JPEG: "JPEG 图片", PNG: "PNG 图片"}
EXTENSIONS: Mapping[str, str] = {
    PDF: "pdf",
    OFD: "ofd",
    JPEG: "jpg",
    PNG: "png",
    # What the platform itself hands out and nobody may upload.
    "application/json": "json",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}


def is_whole(content: bytes, content_type: str) -> bool:
    """Whether the bytes are a file of this type with its beginning and its end in place.

    A transfer that broke off fails this as surely as a renamed program does.
    """
    recognise = RECOGNISERS.get(content_type)
    return recognise is not None and recognise(content)
