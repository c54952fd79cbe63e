"""`gongkai gaps` over the shared year of publishing is exact; the day's view reads as an office worker needs it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from scheduler import jobs
from scheduler.jobs import Watch
from scheduler.settings import SchedulerSettings
from storage.clock import SystemClock
from storage.database import Database

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


def test_from_people_to_a_closed_case(run, tmp_path: Path) -> None:
    people, duties = tmp_path / "p.csv", tmp_path / "o.csv"
    people.write_text("姓名,角色,渠道\n张敏,责任人,email:a@b.cn；webhook:http://127.0.0.1:9/\n运维,运维,\n", "utf-8")
    duties.write_text(
        HEAD.strip() + ",责任人\nD1,关于补贴的通知,政策文件,形成后限时,20天,2026-01-05,条例,张敏\n", "utf-8"
    )
    result = CliRunner().invoke(app, ["obligations", "import", str(duties)])
    assert "第2行“责任人”：没有登记“张敏”" in str(result.exception)
    assert "已新增2条" in run("watchers", "import", str(people))
    assert "已新增1条" in run("obligations", "import", str(duties))
    assert "email、webhook" in run("watchers", "list")
    assert "绑定 " in run("watchers", "code", "张敏")
    asyncio.run(scan(tmp_path / "data"))
    assert json.loads(run("cases", "list", "--json"))[0]["obligation"] == "D1"
    run("cases", "ack", "1")
    run("cases", "resolve", "1", "--evidence", "https://a.gov.cn/1.html")
    assert "办结  https://a.gov.cn/1.html" in run("cases", "show", "1")
    assert json.loads(run("cases", "list", "--closed", "--json"))[0]["evidence"] == "https://a.gov.cn/1.html"
    run("cases", "ack", "1", ok=False)


async def scan(data: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{data / 'gongkai.db'}")
    await jobs.scan(Watch(database, SchedulerSettings(_env_file=None), SystemClock(), b"k" * 32))
    await database.close()


def test_the_ready_rules_import_and_name_what_is_off(run) -> None:
    text = run("obligations", "ready")
    assert "未启用 RS-15" in text
    assert "未经核实" in text
    assert "20个工作日" in text
    assert "已新增0条" in run("obligations", "ready")


def test_statistics_add_up_on_the_shared_year(run, shared: Path) -> None:
    run("obligations", "import", str(shared / "gaps/obligations.csv"))
    run("publications", "import", str(shared / "gaps/ledger.csv"))
    found = json.loads(run("stats", "--from", "2023-01-01", "--to", "2023-12-31", "--json"))
    totals = [sum(r["total"] for r in rates) for rates in found["rates"].values()]
    assert len(set(totals)) == 1
    late = sum(r["total"] - r["on_time"] for r in found["rates"]["栏目"])
    assert late == len(found["late"]) > 0
    assert f"逾期{late}项次" in found["draft"]
