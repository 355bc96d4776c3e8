"""A file is what its bytes say it is."""

from __future__ import annotations

import io
import zipfile

import pytest

from chalicelib.core.filetypes import ACCEPTED, EXTENSIONS, JPEG, OFD, PDF, PNG, is_whole
from tests.support.files import A_JPEG, A_PDF, A_PNG, an_ofd

WHOLE = {PDF: A_PDF, JPEG: A_JPEG, PNG: A_PNG, OFD: an_ofd()}


@pytest.mark.parametrize("content_type", WHOLE)
def test_each_type_is_recognised_as_itself_and_as_no_other(content_type):
    content = WHOLE[content_type]
    assert [each for each in WHOLE if is_whole(content, each)] == [content_type]


@pytest.mark.parametrize("content_type", WHOLE)
def test_a_file_that_broke_off_is_not_whole(content_type):
    content = WHOLE[content_type]
    assert not is_whole(content[: len(content) // 2], content_type)
    assert not is_whole(b"", content_type)


@pytest.mark.parametrize("content_type", WHOLE)
def test_a_program_under_another_name_is_refused(content_type):
    assert not is_whole(b"MZ\x90\x00" + bytes(4000), content_type)
    assert not is_whole(b"<script>alert(1)</script>" + WHOLE[content_type], content_type)


def test_a_zip_that_is_no_ofd_is_refused():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("word/document.xml", "<xml/>")
    assert not is_whole(archive.getvalue(), OFD)


def test_a_type_that_is_not_accepted_is_never_whole():
    assert not is_whole(b"GIF89a" + bytes(100), "image/gif")


def test_a_photograph_with_a_film_behind_it_is_a_photograph():
    assert is_whole(A_JPEG + b"ftypmp42" + bytes(100), JPEG)


def test_what_the_platform_hands_out_has_a_name_and_may_still_not_be_uploaded():
    for content_type, extension in (("application/json", "json"), ("text/csv", "csv")):
        assert EXTENSIONS[content_type] == extension
        assert content_type not in ACCEPTED
