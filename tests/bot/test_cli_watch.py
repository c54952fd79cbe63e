"""`gongkai gaps` over the shared year of publishing is exact; the day's view reads as an office worker needs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app

HEAD = "编号,名称,栏目,类型,期限,起算日,依据\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("GONGKAI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")

    def go(*words: str, ok: bool = True) -> str:
        result = CliRunner().invoke(app, list(words))
        assert (result.exit_code == 0) is ok, result.output
        return result.output

    return go


def test_every_planted_gap_is_found_and_no_other(run, shared: Path) -> None:
    run("obligations", "import", str(shared / "gaps/obligations.csv"))
    run("publications", "import", str(shared / "gaps/ledger.csv"))
    again = run("publications", "import", str(shared / "gaps/ledger.csv"))
    assert "新增0条，已更新0条" in again
    expected = json.loads((shared / "gaps/expected.json").read_text("utf-8"))
    lines = run("gaps", "--from", expected["from"], "--to", expected["to"], "--jsonl").splitlines()
    found = {(r["obligation"], r["from"], r["to"]) for r in map(json.loads, lines)}
    assert found == {(r["obligation"], r["from"], r["to"]) for r in expected["overdue"]}


def test_the_day_names_what_is_late_and_asks_for_the_missing_notice(run, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text(
        HEAD
        + "C1,动态更新,工作动态,更新周期,14天,2026-12-01,检查指标\nD1,文件,政策文件,形成后限时,20个工作日,2026-12-10,条例第二十六条\n",
        "utf-8",
    )
    assert "将新增2条" in run("obligations", "import", str(file), "--dry-run")
    assert "已新增2条" in run("obligations", "import", str(file))
    text = run("gaps", "--today", "2026-12-20")
    assert "动态更新" in text
    assert "逾期5天" in text
    assert "没有2027年的节假日安排" in text
    rows = {r["obligation"]: r for r in json.loads(run("gaps", "--today", "2026-12-20", "--json"))["obligations"]}
    assert (rows["C1"]["state"], rows["C1"]["days_overdue"]) == ("overdue", 5)
    assert (rows["D1"]["state"], rows["D1"]["due"], rows["D1"]["missing_holiday_notice"]) == ("ok", None, 2027)


def test_a_bad_file_ends_with_places_and_code_1(run, tmp_path: Path) -> None:
    file = tmp_path / "o.csv"
    file.write_text(HEAD + "C1,动态,工作动态,更新周期,常常,2026-12-01,\n", "utf-8")
    problems = json.loads(run("obligations", "import", str(file), "--json", ok=False))["problems"]
    assert [(p["row"], p["column"]) for p in problems] == [(2, "期限")]
    result = CliRunner().invoke(app, ["obligations", "import", str(file)])
    assert "第2行“期限”" in str(result.exception)
