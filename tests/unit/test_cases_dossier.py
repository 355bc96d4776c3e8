"""The dossier: complete, in order, and every kind of tampering found and named, offline."""

from __future__ import annotations

import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalicelib.cases import lifecycle
from chalicelib.cases.archive import signature_of
from chalicelib.cases.dossier import LOG, MANIFEST, SIGNATURE, chained, genesis, next_link
from chalicelib.cases.dossier_check import Flaw, verify
from chalicelib.cases.zipping import Packed, pack
from chalicelib.certificates.document import canonical
from cli import dossier as command
from cli.main import app
from tests.support.dossiers import (
    CERTIFICATE,
    CONTENTS,
    PERSON,
    REPORT,
    SIGNER,
    LocalSigner,
    case_file,
    long_life,
    made,
    material,
    members,
    received,
    tampered,
    unzipped,
    whole,
    zipped,
)

KEYS = [SIGNER.public_key]
RECEIPT = "notices/410102-AAAAA-AAAAA-A-SJ001.txt"
MATERIAL = "materials/01-m1.pdf"


@pytest.fixture
def check(tmp_path):
    """Verify bytes as a file; the flaw's place, or None where all is well."""

    def run(content: bytes, keys=KEYS) -> str | None:
        path = tmp_path / "dossier.zip"
        path.write_bytes(content)
        try:
            verify(path, keys)
        except Flaw as flaw:
            return flaw.where
        return None

    return run


# --- what is in it --------------------------------------------------------------------------------


def test_every_event_is_in_it_word_for_word_and_in_order():
    life = long_life()
    lines = members(made(life))[LOG].decode().splitlines()
    assert [json.loads(line) for line in lines] == [each.event.to_dict() for each in life.log]


def test_every_material_is_in_it_those_of_the_supplement_too():
    life = long_life()
    inside = members(made(life))
    handed_in = [
        entry
        for recorded in life.log
        for entry in recorded.event.data.get("materials", [])
        if recorded.event.type in ("case.received", "case.supplemented")
    ]
    found = [content for path, content in inside.items() if path.startswith("materials/")]
    assert len(found) == len(handed_in) == 3
    for entry, content in zip(handed_in, found, strict=True):
        if "key" in entry:
            assert hashlib.sha256(content).hexdigest() == entry["key"].rpartition("/")[2]
        else:
            assert json.loads(content)["certificate"] == entry["certificate"]


def test_documents_application_procedures_and_certificate_are_in_it():
    dossier = made(long_life())
    inside = members(dossier)
    for notice in dossier.file.notices:
        assert inside[f"notices/{notice.number}.txt"].decode() == notice.to_text()
        assert notice.title in inside[f"notices/{notice.number}.html"].decode()
    assert json.loads(inside["application.json"]) == PERSON
    assert "结果:合格" in inside["procedures/p7.txt"].decode()
    assert inside["procedures/p7-document.pdf"] == CONTENTS[REPORT]
    assert json.loads(inside[f"certificate/{CERTIFICATE['meta']['ZZBS']}.json"]) == CERTIFICATE


def test_each_entry_has_its_hash_and_the_chain_runs_over_link_name_and_hash():
    dossier = made(long_life())
    link = genesis(dossier.file.no)
    for part, entry in zip(dossier.parts, dossier.entries, strict=True):
        link = next_link(link, entry.name, part.sha256)
        assert entry.link == link
    assert dossier.manifest["head"] == dossier.head == link
    assert len({entry.name for entry in dossier.entries}) == len(dossier.entries)


def test_no_two_cases_share_a_chain():
    parts = made(received()).parts
    heads = {chained(no, parts)[-1].link for no in ("410102-A", "410102-B")}
    assert len(heads) == 2


def test_only_the_dossier_of_a_closed_case_is_final():
    assert made(received()).manifest["final"] is False
    assert made(long_life()).manifest["final"] is True


def test_the_same_case_gives_the_same_bytes():
    first, again = (zipped(unsigned(made(long_life()))) for _ in range(2))
    assert first == again


def unsigned(dossier) -> dict[str, bytes]:
    inside = members(dossier)
    del inside[SIGNATURE]  # ECDSA signatures carry chance
    return inside


def test_the_index_lists_everything_before_it_for_printing():
    dossier = made(long_life())
    page = members(dossier)["index.html"].decode()
    assert "size: A4" in page
    assert 'lang="zh-CN"' in page
    for entry in dossier.entries[:-1]:
        assert entry.sha256 in page
        assert entry.title in page
    assert dossier.entries[-2].link in page


def test_pages_hold_no_markup_that_somebody_typed():
    page = members(made(received(), person={**PERSON, "name": "<script>x</script>"}))
    html = next(content for path, content in page.items() if path.endswith("SJ001.html"))
    assert b"<script>" not in html
    assert b"&lt;script&gt;" in html


def test_a_material_named_like_a_path_stays_in_its_folder(check):
    life = received()
    asked = lifecycle.request_correction(life.case, life.act("a"), [{"text": "未签名"}])
    life.record(asked, "acceptor")
    given = [material("../../etc/x", b"%PDF trick"), material("材料", b"%PDF name")]
    known = {entry["id"] for entry in given}
    life.record(lifecycle.supplement(life.case, given, known), "citizen")
    archive = zipped(members(made(life)))
    assert {"materials/03-______etc_x.pdf", "materials/04-__.pdf"} <= set(unzipped(archive))
    assert check(archive) is None


def test_the_archive_is_an_ordinary_zip_file():
    with zipfile.ZipFile(io.BytesIO(whole())) as opened:
        assert opened.testzip() is None
        assert opened.namelist()[:2] == [MANIFEST, SIGNATURE]
        assert all(info.compress_type == zipfile.ZIP_STORED for info in opened.infolist())


def test_a_content_that_is_not_of_its_size_is_not_packed():
    with pytest.raises(ValueError, match="size"):
        list(pack([Packed("a", 0, 3, (b"four",))]))


# --- what a check finds ---------------------------------------------------------------------------


def test_what_nobody_touched_is_whole(check, tmp_path):
    assert check(whole()) is None
    found = verify(tmp_path / "dossier.zip", KEYS)
    assert found.trusted
    assert found.key_id == SIGNER.public_key.key_id
    assert len(found.entries) == len(made(long_life()).entries)


def replace_in(path: str, old: bytes, new: bytes):
    def change(inside: dict[str, bytes]) -> None:
        assert old in inside[path]
        inside[path] = inside[path].replace(old, new, 1)

    return change


def lines_of(change):
    def apply(inside: dict[str, bytes]) -> None:
        lines = inside[LOG].splitlines(keepends=True)
        change(lines)
        inside[LOG] = b"".join(lines)

    return apply


def swapped(inside: dict[str, bytes]) -> dict[str, bytes]:
    paths = list(inside)
    one, two = paths.index(RECEIPT), paths.index(MATERIAL)
    paths[one], paths[two] = paths[two], paths[one]
    return {path: inside[path] for path in paths}


def exchanged(inside: dict[str, bytes]) -> None:
    first, second = MATERIAL, "materials/03-m1.pdf"
    inside[first], inside[second] = inside[second], inside[first]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        (lines_of(lambda lines: lines.__setitem__(3, lines[3].replace(b"a", b"b", 1))), f"{LOG}#4"),
        (lines_of(lambda lines: lines.pop(4)), f"{LOG}#5"),
        (lines_of(lambda lines: lines.pop()), f"{LOG}#15"),
        (lines_of(lambda lines: lines.insert(2, b'{"forged":1}\n')), f"{LOG}#3"),
        (lines_of(lambda lines: lines.append(b'{"forged":1}\n')), f"{LOG}#16"),
        (lines_of(lambda lines: lines.insert(6, lines[0])), f"{LOG}#7"),
        (lines_of(lambda lines: lines.insert(1, lines.pop(7))), f"{LOG}#2"),
        (replace_in(RECEIPT, "张三丰".encode(), "李四".encode()), RECEIPT),
        (replace_in(RECEIPT.replace("txt", "html"), b"<h1>", b"<h2>"), RECEIPT[:-3] + "html"),
        (replace_in(MATERIAL, b"%PDF", b"%PDG"), MATERIAL),
        (replace_in("materials/02-m2.json", b".A.", b".Z."), "materials/02-m2.json"),
        (replace_in("procedures/p7.txt", "合格".encode(), "不合".encode()), "procedures/p7.txt"),
        (replace_in("procedures/p7-document.pdf", b"the", b"THE"), "procedures/p7-document.pdf"),
        (replace_in("application.json", b"1380", b"1390"), "application.json"),
        (replace_in("keys.json", b'"kid"', b'"kit"'), "keys.json"),
        (replace_in("index.html", b"A4", b"A5"), "index.html"),
        (replace_in(MANIFEST, b"true", b"null"), MANIFEST),
        (replace_in(MANIFEST, b'"final"', b' "final"'), MANIFEST),
        (replace_in(SIGNATURE, b'"value":"', b'"value":"A'), SIGNATURE),
        (replace_in(SIGNATURE, b"}", b" }"), SIGNATURE),
        (lambda inside: inside.pop(MATERIAL) and None, MATERIAL),
        (lambda inside: inside.pop(LOG) and None, f"{LOG}#1"),
        (lambda inside: inside.pop(MANIFEST) and None, MANIFEST),
        (lambda inside: inside.pop(SIGNATURE) and None, SIGNATURE),
        (lambda inside: inside.update({"materials/99-m9.pdf": b"x"}), "materials/99-m9.pdf"),
        (swapped, MATERIAL),
        (exchanged, MATERIAL),
    ],
)
def test_the_first_thing_that_was_tampered_with_is_named(check, change, where):
    assert check(tampered(change)) == where


def test_of_several_changes_the_first_in_the_dossiers_order_is_named(check):
    def both(inside: dict[str, bytes]) -> None:
        inside["index.html"] += b" "
        inside[MATERIAL] += b" "

    assert check(tampered(both)) == MATERIAL


def test_a_manifest_rewritten_to_fit_is_betrayed_by_its_signature(check):
    def rewrite(inside: dict[str, bytes]) -> dict[str, bytes]:
        forged = members(made(received()))
        forged[SIGNATURE] = inside[SIGNATURE]
        return forged

    assert check(tampered(rewrite)) == MANIFEST


def test_a_dossier_signed_by_somebody_else_is_only_whole_by_its_own_key(check):
    forger = LocalSigner()
    dossier = made(received(), keys=[forger.public_key.to_jwk()])
    inside = members(dossier)
    inside[SIGNATURE] = signature_of(inside[MANIFEST], forger)
    assert check(zipped(inside), keys=None) is None
    assert check(zipped(inside)) == SIGNATURE


def test_a_signed_manifest_whose_chain_is_broken_names_the_link(check):
    inside = unzipped(whole())
    manifest = json.loads(inside[MANIFEST])
    manifest["entries"][5]["link"] = "0" * 64
    inside[MANIFEST] = canonical(manifest)
    inside[SIGNATURE] = signature_of(inside[MANIFEST], SIGNER)
    assert check(zipped(inside)) == manifest["entries"][5]["name"]


# --- files that are no dossier --------------------------------------------------------------------


def other_zip(*names: str, compression: int = zipfile.ZIP_STORED, content: bytes = b"") -> bytes:
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", compression) as archive:
        for name in names:
            archive.writestr(name, content)
    return raw.getvalue()


def test_a_bomb_is_refused_before_anything_is_inflated(check):
    bomb = other_zip(MANIFEST, compression=zipfile.ZIP_DEFLATED, content=bytes(50_000_000))
    assert len(bomb) < 100_000
    assert check(bomb) == MANIFEST


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "C:\\evil", "a\nb", "..", "x" * 300, "a//../b"]
)
def test_a_path_that_leads_out_of_the_archive_is_refused(check, name):
    assert check(other_zip(MANIFEST, name)) == repr(name)


@pytest.mark.parametrize(
    "content",
    [b"", b"PK", b"not a zip file", b"PK\5\6" + bytes(18), whole()[:-10], whole()[:5000]],
    ids=["nothing", "its_first_letters", "text", "an_empty_zip", "without_its_end", "a_part"],
)
def test_what_is_no_whole_zip_file_is_called_so(check, content):
    assert check(content) in ("文件", MANIFEST)


def test_a_member_that_is_there_twice_is_named(check):
    with pytest.warns(UserWarning, match="Duplicate"):
        doubled = other_zip(MANIFEST, SIGNATURE, MANIFEST)
    assert check(doubled) == MANIFEST


def test_a_size_that_lies_is_found(check):
    content = bytearray(whole())
    at = content.rindex(b"PK\1\2")
    struct.pack_into("<II", content, at + 20, 0xFFFFFFF0, 0xFFFFFFF0)
    assert check(bytes(content)) == "index.html"


@pytest.mark.parametrize("nested", [b"[" * 200_000, b'{"kid":' * 50_000], ids=["lists", "objects"])
def test_json_that_nests_too_deep_is_refused(check, nested):
    def deepen(inside: dict[str, bytes]) -> None:
        inside[SIGNATURE] = nested

    assert check(tampered(deepen)) == SIGNATURE


def test_what_hides_between_the_members_is_found(check):
    assert check(b"hidden" + whole()) is not None
    assert check(whole()[:-2] + struct.pack("<H", 6) + b"hidden") == "压缩包"


# --- the command ----------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path, monkeypatch):
    for console in (command.console, command.errors):
        monkeypatch.setattr(console, "_width", 240)
    path, keys = tmp_path / "dossier.zip", tmp_path / "keys.json"
    keys.write_text(json.dumps({"keys": [SIGNER.public_key.to_jwk()]}))

    def invoke(content: bytes, *options: str):
        path.write_bytes(content)
        arguments = [each.replace("KEYS", str(keys)) for each in options]
        return CliRunner().invoke(app, ["dossier", "verify", str(path), *arguments])

    return invoke


def test_the_command_says_what_it_verified(run):
    answer = run(whole(), "--keys", "KEYS")
    assert answer.exit_code == 0, answer.output
    for said in ("410102-AAAAA-AAAAA-A", "居住证申领", "最终卷宗", "全部 47 项"):
        assert said in answer.output
    assert "公钥取自卷宗本身" not in answer.output


def test_without_keys_it_says_what_that_does_not_prove(run):
    answer = run(whole())
    assert answer.exit_code == 0
    assert "公钥取自卷宗本身" in answer.output


def test_the_command_names_the_first_alteration_and_fails(run):
    answer = run(tampered(replace_in(MATERIAL, b"%PDF", b"%PDG")), "--keys", "KEYS")
    assert answer.exit_code == 1
    assert f"不符:{MATERIAL}:被改动" in answer.output


def test_the_command_says_that_a_file_is_no_dossier(run):
    answer = run(b"hello")
    assert answer.exit_code == 1
    assert "不是完整的卷宗压缩包" in answer.output


def test_the_command_needs_no_deployment(tmp_path):
    """A citizen's machine has no settings: nothing of AWS may be asked."""
    path = tmp_path / "dossier.zip"
    path.write_bytes(whole())
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS", "YICHUANG"))}
    answer = subprocess.run(
        [sys.executable, "-m", "cli.main", "dossier", "verify", str(path)],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert "相符" in answer.stdout


def test_the_file_a_case_is_read_into_shows_no_person_in_its_text():
    shown = repr(case_file(long_life()))
    assert PERSON["id_number"] not in shown
    assert PERSON["name"] not in shown
