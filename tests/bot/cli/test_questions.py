"""Misses, exports and one person's data at the command line."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.cli import common
from bot.settings import BotSettings
from storage.questions import people
from storage.questions.log import Asked, QuestionLog
from storage.secrets import secret_for
from tests.bot.cli.conftest import Run
from tests.builders import report_html


@pytest.fixture
def world(gongkai: Run, tmp_path: Path) -> Run:
    """A command line with one live report."""
    path = tmp_path / "年报.html"
    path.write_text(report_html(cells={"t2.licence": 7, "t2.coercion": ""}), encoding="utf-8")
    assert gongkai("import", str(path), "--publish").exit_code == 0
    return gongkai


def ask(*questions: str, openid: str = "openid-1", days_ago: int = 0) -> None:
    """Log questions that found no answer, as the web process does."""
    settings = BotSettings()

    async def write() -> None:
        person = people.person_key(secret_for(settings, "people"), openid)
        at = datetime.now(UTC) - timedelta(days=days_ago)
        async with common.open_database(settings) as database, QuestionLog(database) as log:
            for q in questions:
                log.record(Asked(1, at, person, q, q, "none", "", "没有。", 100))

    asyncio.run(write())


def keys(gongkai: Run, *options: str) -> Sequence[set[str]]:
    return [{m["text"] for m in g["misses"]} for g in json.loads(gongkai("misses", "list", "--json", *options).stdout)]


def test_the_queue_empties_as_questions_are_decided(world: Run) -> None:
    ask("社保卡在哪补办", "社保卡在哪里补办", "社保卡在哪里补办？", "办公时间", "今天天气")
    assert keys(world) == [{"社保卡在哪里补办？", "社保卡在哪补办"}, {"今天天气"}, {"办公时间"}]
    assert world("misses", "dismiss", "社保卡在哪里补办", "--similar").exit_code == 0
    assert world("misses", "answer", "办公时间？", "工作日九点到五点。").exit_code == 0
    assert world("misses", "alias", "今天天气", "去年收到多少件申请").exit_code == 0
    assert keys(world) == []
    decided = json.loads(world("misses", "list", "--decided", "--json").stdout)
    assert {(d["kind"], d["normalised"]) for d in decided} == {
        ("dismissed", "社保卡在哪补办"),
        ("dismissed", "社保卡在哪里补办"),
        ("answer", "办公时间"),
        ("alias", "今天天气"),
    }
    assert world("misses", "reopen", "今天天气").exit_code == 0
    assert keys(world) == [{"今天天气"}]
    assert world("misses", "reopen", "从没问过").exit_code == 1


def test_old_misses_can_be_left_out(world: Run) -> None:
    ask("旧问题", days_ago=40)
    ask("新问题")
    assert keys(world, "--days", "30") == [{"新问题"}]


def test_one_persons_data_out_and_away(world: Run, tmp_path: Path) -> None:
    ask("我问的", openid="me")
    ask("别人问的", openid="other")
    file = tmp_path / "me.json"
    assert world("people", "export", "me", "--output", str(file)).exit_code == 0
    assert [t["text"] for t in json.loads(file.read_text(encoding="utf-8"))] == ["我问的"]
    assert "1条" in world("people", "forget", "me").stdout
    assert json.loads(world("people", "export", "me").stdout) == []
    assert keys(world) == [{"别人问的"}]


def test_old_questions_are_deleted_by_age(world: Run) -> None:
    ask("旧问题", days_ago=200)
    ask("新问题")
    assert "1条" in world("people", "purge", "--days", "180").stdout
    assert keys(world) == [{"新问题"}]


def test_an_export_tells_zero_blank_and_number_apart(world: Run, tmp_path: Path) -> None:
    file = tmp_path / "out.csv"
    assert world("export", "--format", "csv", "--output", str(file)).exit_code == 0
    rows = {r["cell"]: r for r in csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines())}
    assert [(rows[c]["value"], rows[c]["meaning"]) for c in ("t2.licence", "t2.penalty", "t2.coercion")] == [
        ("7", "number"),
        ("0", "number"),
        ("", "blank"),
    ]
    assert rows["t3.new.total"]["where"]
    (report,) = json.loads(world("export").stdout)
    assert report["year"] == 2023
    assert {c["cell"]: c["value"] for c in report["cells"]}["t2.coercion"] is None


def test_the_very_file_comes_back(world: Run, tmp_path: Path) -> None:
    file = tmp_path / "back.html"
    assert world("export", "--format", "file", "--output", str(file)).exit_code == 0
    assert file.read_bytes() == (tmp_path / "年报.html").read_bytes()
    assert world("export", "--format", "file").exit_code == 2
    assert world("export", "--year", "1999").exit_code == 1


def test_an_import_says_which_known_questions_it_changes(world: Run, tmp_path: Path) -> None:
    ask("2023年行政许可有多少件", "2023年行政处罚有多少件", "2023年行政强制有多少件", "今天天气怎么样")
    path = tmp_path / "新.html"
    path.write_text(report_html(cells={"t2.licence": 8, "t2.penalty": "", "t2.coercion": ""}), encoding="utf-8")
    printed = world("import", str(path)).stdout
    assert "1个已知问题的答案会变，1个会失去答案" in printed
    (outcome,) = json.loads(world("import", str(path), "--json").stdout)
    changed = {c["question"]: (c["before"], c["after"]) for c in outcome["answers"]["changed"]}
    before, after = changed["2023年行政许可有多少件"]
    assert "7件" in before
    assert "8件" in after
    assert [c["question"] for c in outcome["answers"]["lost"]] == ["2023年行政处罚有多少件"]
    assert outcome["answers"]["same"] == 2


def test_what_citizens_and_files_say_is_printed_as_it_is(world: Run, tmp_path: Path) -> None:
    ask("[/red]这是[bold]什么")
    assert "[/red]这是[bold]什么" in world("misses", "list").stdout
    path = tmp_path / "怪.html"
    path.write_text(report_html(agency="[/x]某县某局", cells={"t3.new.total": "[/b]"}), encoding="utf-8")
    for command in ("check", "import"):
        assert world(command, str(path)).exit_code == 0
    assert world("versions").exit_code == 0


def test_who_wants_a_human_being_is_told_where_one_is(world: Run) -> None:
    said = json.loads(world("ask", "转人工", "--json").stdout)
    assert said["kind"] == "guide"
    assert "不能转接人工" in said["text"]
