"""Importing at the command line: drafts, plans, refusals in one sentence, and publishing only what may be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Run
from tests.builders import AGENCY, report_html

THREE = {f"t3.{row}.{column}": 3 for row in ("new", "granted", "done") for column in ("natural", "total")}


def write(folder: Path, name: str = "年报.html", **more: object) -> str:
    path = folder / name
    path.write_text(report_html(**more), encoding="utf-8")  # type: ignore[arg-type]
    return str(path)


def test_a_draft_answers_nothing_until_it_is_published(gongkai: Run, tmp_path: Path) -> None:
    file = write(tmp_path, cells=THREE)
    (draft,) = json.loads(gongkai("import", file, "--json").stdout)
    assert (draft["agency"], draft["year"], draft["version"], draft["created"]) == (AGENCY, 2023, 1, True)
    assert not draft["published"]
    assert "第1版已上线" in gongkai("publish", "2023").stdout
    (row,) = json.loads(gongkai("versions", "--json").stdout)
    assert row["live"]


def test_the_same_file_twice_changes_nothing_and_says_so(gongkai: Run, tmp_path: Path) -> None:
    file = write(tmp_path)
    gongkai("import", file, "--publish")
    again = gongkai("import", file, "--publish")
    assert again.exit_code == 0
    assert "没有改动" in again.stdout
    assert len(json.loads(gongkai("versions", "--json").stdout)) == 1


def test_the_plan_names_every_cell_that_changes(gongkai: Run, tmp_path: Path) -> None:
    gongkai("import", write(tmp_path, "a.html"), write(tmp_path, "last.html", year=2022), "--publish")
    (plan,) = json.loads(
        gongkai("import", write(tmp_path, "b.html", cells={"t2.licence": 7, "t2.fee": ""}), "--json").stdout
    )
    changes = {c["cell"]: (c["before"], c["after"], c["after_meaning"]) for c in plan["against_live"]}
    assert changes == {"t2.licence": (0, 7, "number"), "t2.fee": (0, None, "blank")}
    assert plan["last_year"] == 2022
    assert {c["cell"] for c in plan["against_last_year"]} == {"t2.licence", "t2.fee"}


def test_errors_stop_publishing_until_each_is_accepted(gongkai: Run, tmp_path: Path) -> None:
    file = write(tmp_path, cells={"t3.new.total": "3?8"})
    refused = gongkai("import", file, "--publish", "--json")
    (outcome,) = json.loads(refused.stdout)
    assert refused.exit_code == 1
    codes = {f["code"] for f in outcome["findings"] if f["level"] == "error"}
    assert codes
    assert not outcome["published"]
    assert all(code in outcome["error"] for code in codes)
    accepted = gongkai("import", file, "--publish", *(f"--accept={c}" for c in codes))
    assert accepted.exit_code == 0
    assert json.loads(gongkai("versions", "--json").stdout)[0]["live"]


def test_a_settled_doubt_no_longer_stops_publishing(gongkai: Run, tmp_path: Path) -> None:
    gongkai("import", write(tmp_path, cells={"t3.new.total": "3?8"}))
    assert gongkai("publish", "2023").exit_code == 1
    assert gongkai("settle", "2023", "t3.new.total", "--correct", "0").exit_code == 1  # no reason
    assert gongkai("settle", "2023", "t3.new.total", "--correct", "0", "--reason", "核对原件").exit_code == 0
    assert gongkai("publish", "2023").exit_code == 0


def test_back_to_an_earlier_version_and_off(gongkai: Run, tmp_path: Path) -> None:
    for name, number in (("a.html", 1), ("b.html", 2)):
        gongkai("import", write(tmp_path, name, cells={"t2.licence": number}), "--publish")
    assert gongkai("rollback", "2023", "1").exit_code == 0
    assert [r["live"] for r in json.loads(gongkai("versions", "--json").stdout)] == [False, True]
    assert gongkai("withdraw", "2023", "--reason", "数字有误").exit_code == 0
    assert not any(r["live"] for r in json.loads(gongkai("versions", "--json").stdout))


def test_agency_and_year_are_given_where_the_file_has_none(gongkai: Run, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    title = f"{AGENCY}2023年政府信息公开工作年度报告"
    path.write_text(
        report_html().replace(title, "政府信息公开工作年度报告").replace("2023年", "今年"), encoding="utf-8"
    )
    missing = gongkai("import", str(path), "--publish", "--json")
    assert missing.exit_code == 1
    assert json.loads(missing.stdout)[0]["version"] is None
    given = gongkai("import", str(path), "--agency", "某县某局", "--year", "2021", "--publish", "--json")
    (outcome,) = json.loads(given.stdout)
    assert (outcome["agency"], outcome["year"], outcome["published"]) == ("某县某局", 2021, True)


def test_one_bad_file_does_not_stop_the_others(gongkai: Run, tmp_path: Path) -> None:
    result = gongkai("import", str(tmp_path / "missing.html"), write(tmp_path), "--publish", "--json")
    assert result.exit_code == 1
    bad, good = json.loads(result.stdout)
    assert "没有这个文件" in bad["error"]
    assert good["published"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["publish", "2023"], 1, "没有2023年年报"),
        (["settle", "2023", "t2.fee"], 2, "--keep"),
        (["settle", "2023", "t2.fee", "--correct", "三"], 2, "不是数字"),
        (["import", "a.html", "b.html", "--year", "2023"], 2, "--year"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    gongkai: Run, arguments: list[str], code: int, sentence: str
) -> None:
    result = gongkai(*arguments)
    assert result.exit_code == code
    assert sentence in result.stderr
    assert "Traceback" not in result.stdout + result.stderr


def test_postgresql_is_migrated_on_request_only(
    gongkai: Run, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GONGKAI_DATABASE_URL", postgres_url.replace("+asyncpg", ""))
    refused = gongkai("versions")
    assert refused.exit_code == 1
    assert "gongkai migrate" in refused.stderr
    assert gongkai("migrate").exit_code == 0
    assert gongkai("versions").exit_code == 0


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hidden-word@127.0.0.1:9/x",
        "postgresql://nobody:hidden-word@127.0.0.1:5432/no_such_database",
        "mysql://me:hidden-word@127.0.0.1/x",
        "hidden-word",
    ],
)
def test_a_database_that_is_away_is_said_without_its_password(
    gongkai: Run, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("GONGKAI_DATABASE_URL", address)
    result = gongkai("versions")
    assert result.exit_code == 1
    assert "数据库" in result.stderr
    assert "hidden-word" not in result.stdout + result.stderr


def test_a_file_that_is_no_database_is_left_alone(gongkai: Run, tmp_path: Path) -> None:
    file = tmp_path / "data" / "gongkai.db"
    file.parent.mkdir()
    file.write_bytes(b"something else" * 100)
    assert gongkai("versions").exit_code == 1
    assert file.read_bytes() == b"something else" * 100
