"""The ready rule file: readable, importable, and on only where the basis was read."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from scheduler import rulesets
from storage.publishing import importing


@pytest.mark.parametrize("name", rulesets.names())
def test_a_rule_file_imports_without_a_problem(name: str) -> None:
    values, problems = importing.obligations_of(rulesets.load(name).rows)
    assert problems == []
    assert any(v["enabled"] for v in values)
    assert all(v["basis"] for v in values)


@pytest.mark.parametrize("name", rulesets.names())
def test_what_could_not_be_verified_is_off_and_says_why(name: str) -> None:
    text = (Path(rulesets.__file__).parent / f"{name}.toml").read_text("utf-8")
    for entry in tomllib.loads(text)["obligation"]:
        on = entry.get("启用") != "否"
        assert not on or entry["可信度"] in rulesets.SURE, entry["编号"]
        assert on or entry["说明"], entry["编号"]
