"""The circular fixture is found exactly, its negative cases and the demo catalogue are clean."""

from __future__ import annotations

import gc
import json
import re

import pytest

from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.proof_checks import Kind, check, grass_roots_rules, newly_found
from chalicelib.catalogue.proof_reading import of_document, of_items
from chalicelib.core.errors import InvalidInput
from tests.support.catalogue_room import DATA, demo_document

FIXTURE = json.loads((DATA / "circular_proofs.json").read_text(encoding="utf-8"))


def findings(document, kind):
    return [each for each in check(of_document(document)).findings if each.kind is kind]


def item(key, issues, *requires, **more):
    return {"id": key, "item_name": key, "issues": issues, "requires": list(requires), **more}


def asks(cert, role="本人", basis="某法第一条", **more):
    return {"cert": cert, "holder_role": role, "required": True, "legal_basis": basis, **more}


def test_the_fixture_has_one_circle_of_three_and_two_baseless_proofs():
    report = check(of_document(FIXTURE))
    assert report.counts == {
        "circular": 1,
        "baseless": 2,
        "nobody_issues": 1,
        "already_held": 0,
        "grass_roots": 2,
        "detour": 0,
    }
    (circle,) = findings(FIXTURE, Kind.CIRCULAR)
    assert set(circle.items) == {"x_rent_filing", "x_floating_reg", "x_residence_proof"}
    assert len(circle.path) == 3
    assert {each.items for each in findings(FIXTURE, Kind.BASELESS)} == {
        ("x_kinship",),
        ("x_pension",),
    }
    assert {each.items for each in findings(FIXTURE, Kind.GRASS_ROOTS)} == {
        ("x_kinship",),
        ("x_pension",),
    }


def test_the_negative_cases_of_the_fixture_do_not_alarm():
    documents = []
    for case in FIXTURE["negative_cases_must_not_alarm"]:
        items = []
        for edge in case["edges"]:
            name, asked, role = re.fullmatch(r"(\w+)->([\w|]+)\s*\((\w+)\)", edge).groups()
            grouped = role == "alternative_group"
            issues = {"id_card_reissue": "id_card", "birth_hukou": "hukou"}.get(
                name, name.removesuffix("_transfer")
            )
            items.append(
                item(
                    name,
                    issues,
                    *(
                        asks(
                            each,
                            "本人" if grouped or role == "self" else role,
                            alternative_group="任选其一" if grouped else None,
                        )
                        for each in asked.split("|")
                    ),
                )
            )
        documents.append({"items": items})
    assert len(documents) == 3
    for document in documents:
        assert findings(document, Kind.CIRCULAR) == []
        assert findings(document, Kind.BASELESS) == []


def test_the_demo_catalogue_is_clean_in_either_form():
    assert check(of_document(demo_document())).findings == ()
    read = read_document(demo_document())
    report = check(of_items(read.items, read.certificate_types.values()))
    assert (report.items, report.materials, report.findings) == (50, 183, ())


def test_a_finding_says_its_path_in_words_and_how_to_end_it():
    (circle,) = findings(FIXTURE, Kind.CIRCULAR)
    assert all(step.startswith("要取得") for step in circle.path)
    assert "租赁住房信息登记" in circle.path[0]
    assert "没有法律依据" in circle.path[0]
    assert "循环即解除" in circle.remedy


def test_the_link_without_basis_is_the_one_to_cut():
    document = {
        "items": [
            item("甲", "a", asks("b")),
            item("乙", "b", asks("c", basis=None)),
            item("丙", "c", asks("a")),
        ]
    }
    (circle,) = findings(document, Kind.CIRCULAR)
    assert circle.remedy.startswith("“乙”不再要求")
    assert findings(document, Kind.BASELESS) == []


def test_a_circle_that_another_item_avoids_is_a_remark_and_no_alarm():
    document = {
        "items": [item("甲", "a", asks("b")), item("乙", "b", asks("a")), item("另办甲", "a")]
    }
    report = check(of_document(document))
    assert [each.kind for each in report.findings] == [Kind.DETOUR]
    assert report.clean


def test_the_same_certificate_of_another_person_is_no_circle():
    document = {"items": [item("甲", "a", asks("b", "父母")), item("乙", "b", asks("a"))]}
    assert check(of_document(document)).findings == ()


def test_what_both_parties_must_show_includes_the_applicant():
    document = {"items": [item("甲", "a", asks("b", "双方")), item("乙", "b", asks("a"))]}
    assert len(findings(document, Kind.CIRCULAR)) == 1


def test_a_document_that_does_not_speak_of_bases_is_not_judged_by_them():
    silent = asks("hukou")
    del silent["legal_basis"]
    assert check(of_document({"items": [item("甲", "a", silent)]})).findings == ()
    assert len(findings({"items": [item("甲", "a", asks("hukou", basis=" "))]}, Kind.BASELESS)) == 1


def test_a_certificate_that_a_known_body_issues_elsewhere_is_not_orphaned():
    document = {"items": [item("甲", "a", asks("degree"), asks("orphan"))]}
    document["certificate_types"] = [
        {"key": "degree", "name": "学历证书", "issuer": "jy", "share_class": "有条件共享"}
    ]
    (orphan,) = findings(document, Kind.NOBODY_ISSUES)
    assert orphan.certificates == ("orphan",)


@pytest.mark.parametrize(
    "material",
    [
        {"certificate_type": "marriage", "material_name": "结婚证"},
        {"certificate_type": None, "material_name": "结婚证复印件(验原件)"},
    ],
)
def test_what_the_store_holds_may_not_be_asked_of_the_applicant(material):
    document = demo_document("temp_aid")
    document["items"][0]["materials"].append(
        document["items"][0]["materials"][0] | material | {"source": "申请人自备"}
    )
    (held,) = findings(document, Kind.ALREADY_HELD)
    assert "结婚证" in held.message
    assert held.pointers == (f"/items/0/materials/{len(document['items'][0]['materials']) - 1}",)


def test_grass_roots_bodies_may_issue_what_a_law_asks_of_them_but_nothing_on_the_list():
    basis = {"issuer": "村民委员会"}
    lawful = item("宅基地", None, asks("village_consent", **basis))
    listed = item("养老金", None, asks("x", name="居民健在证明", **basis))
    baseless = item("某事", None, asks("y", basis=None, **basis))
    found = findings({"items": [lawful, listed, baseless]}, Kind.GRASS_ROOTS)
    assert [each.items for each in found] == [("养老金",), ("某事",)]


def test_the_list_of_grass_roots_proofs_says_where_it_comes_from_and_how_sure_it_is():
    rules = grass_roots_rules()
    assert "民发〔2020〕20号" in rules["source"]
    assert rules["confidence"]


def test_a_department_may_prove_kinship():
    document = {"items": [item("亲属关系证明", "kinship", implementing_body_name="市公安局区分局")]}
    assert findings(document, Kind.GRASS_ROOTS) == []


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "/items"),
        ({"items": {}}, "/items"),
        ({"items": [7]}, "/items/0"),
        ({"items": [{"issues": "a"}]}, "/items/0/id"),
        (
            {"items": [{"id": "a", "issues": "a", "requires": [{"required": "yes"}]}]},
            "/items/0/requires/0/required",
        ),
        ({"items": [], "certificate_types": [{"key": 1}]}, "/certificate_types/0/key"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(document, pointer):
    with pytest.raises(InvalidInput) as refused:
        of_document(document)
    assert pointer in [error.pointer for error in refused.value.errors]


def test_only_what_a_change_brings_is_new():
    before = check(of_document(FIXTURE))
    document = json.loads(json.dumps(FIXTURE))
    document["items"].append(item("新事项", "n", asks("nowhere")))
    (new,) = newly_found(before, check(of_document(document)))
    assert new.items == ("新事项",)


def test_a_check_leaves_the_collector_as_it_found_it():
    assert gc.isenabled()
    with pytest.raises(InvalidInput):
        of_document({"items": [{"id": 7}]})
    assert gc.isenabled()
    gc.disable()
    try:
        check(of_document({"items": []}))
        assert not gc.isenabled()
    finally:
        gc.enable()
