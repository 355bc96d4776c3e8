"""`yichuang network`: a document is checked without a deployment, refusals are readable."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from cli import _settings
from cli.main import app
from tests.support.network_room import DATA, document, founded_room

ROOT = Path(__file__).parents[2]
run = CliRunner().invoke


def test_help_names_the_groups():
    answer = run(app, ["--help"])
    assert answer.exit_code == 0
    assert "network" in answer.output
    assert "服务网络" in answer.output


def test_the_demo_document_is_right():
    answer = run(app, ["network", "check", str(DATA / "demo_network.json")])
    assert answer.exit_code == 0, answer.output
    assert "网点 有效 19" in answer.output
    assert "首席代表 有效 18" in answer.output


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (lambda raw: raw["points"][8].update(name="望春服务站"), "应为“望春社区便民服务站”"),
        (lambda raw: raw["organisations"][1].update(uscc="1"), "/uscc"),
        (lambda raw: raw.pop("points"), "缺少 points"),
        (lambda raw: raw["postings"].append(raw["postings"][0]), "两项派驻"),
        (lambda raw: raw["postings"].pop(-1) and raw["postings"].clear(), "由本单位派驻"),
    ],
)
def test_a_wrong_document_is_refused_with_the_place(tmp_path, spoil, complaint):
    raw = document()
    spoil(raw)
    path = tmp_path / "district.json"
    path.write_text(json.dumps(raw), encoding="utf-8")
    answer = run(app, ["network", "check", str(path)])
    assert answer.exit_code == 1
    assert complaint in answer.output


def test_a_founded_district_can_be_looked_at(tmp_path):
    with founded_room():
        shown = {
            " ".join(words): run(app, ["network", *words]).output
            for words in (
                ["coverage"],
                ["points", "--tier", "subdistrict"],
                ["duties"],
                ["signers", "ga"],
                ["postings", "centre"],
                ["log", "CHIEF#ga"],
            )
        }
        missing = run(app, ["network", "signers", "nobody"])
    assert "6/14 = 42.9%" in shown["coverage"]
    assert "春和街道" in shown["points --tier subdistrict"]
    assert "审核权力清单" in shown["duties"]
    assert "今天由 ga.chief 签批" in shown["signers ga"]
    assert "ga.reviewer" in shown["postings centre"]
    assert "chief_representative.appointed" in shown["log CHIEF#ga"]
    assert (missing.exit_code, "没有机构" in missing.output) == (1, True)


def test_the_settings_of_a_function_come_before_any_room_is_imported(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with mock_aws():
        role = boto3.client("iam").create_role(RoleName="r", AssumeRolePolicyDocument="{}")
        boto3.client("lambda").create_function(
            FunctionName="api",
            Runtime="python3.11",
            Role=role["Role"]["Arn"],
            Handler="app.app",
            Code={"ZipFile": b""},
            Environment={"Variables": {"YICHUANG_TABLE_NETWORK": "n1", "OTHER": "x"}},
        )
        assert _settings.of_function("api") == "api"
        assert os.environ["YICHUANG_TABLE_NETWORK"] == "n1"
        assert "OTHER" not in os.environ
        answer = run(app, ["--function", "nothing", "network", "coverage"])
        assert answer.exit_code == 2


def test_importing_the_command_line_imports_no_room():
    code = "import sys, cli.main; print([m for m in sys.modules if m.startswith('chalicelib.net')])"
    answer = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"
