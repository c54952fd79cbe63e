"""Settling a draft's doubts over the pages: rows together, figures, whose report it is; two who do it at once."""

import re

import pytest

from storage import audit
from storage.clock import FixedClock
from storage.database import Database
from storage.facts import Finding, Level
from storage.reports.loading import load_reports
from storage.reports.plan import make_plan
from storage.reports.versions import cells_of_version, get_version
from storage.staff import Role
from tests.bot.web.conftest import Arrive, Person
from tests.builders import add_draft, figure, make_reading

LOST = ("t3.granted", "t3.partial", "t3.secret")
COLUMNS = ("total", "natural")
UNNAMED = Finding(Level.ERROR, "t3.row.unnamed", "表三有3行的行名在文件里丢失。", "t3.granted.total")
ODD = Finding(Level.WARNING, "year.conflict", "文件里出现了两个年度。")
LOOSE = Finding(Level.WARNING, "narrative.short", "第六部分没有正文。")


class Draft:
    """A draft with lost rows and doubts about no cell, and the editor at it."""

    def __init__(self, database: Database, editor: Person, version: int) -> None:
        self.database, self.editor, self.version = database, editor, version
        self.path = f"/desk/reports/{version}"

    async def together(self, status: int = 200, seen: str | None = None, **fields: object) -> str:
        page = await self.editor.get(self.path)
        shown = re.search(r'/together".*?name="seen" value="(\w+)"', page, re.DOTALL)
        mark = seen or (shown.group(1) if shown else "")
        return await self.editor.post(f"{self.path}/together", status, seen=mark, **fields)

    async def figure(self, position: int, status: int = 200, seen: str | None = None, **fields: object) -> str:
        page = await self.editor.get(f"{self.path}?figure={position}")
        mark = seen or re.search(r'/figures/\d+".*?name="seen" value="([^"]*)"', page, re.DOTALL).group(1)
        return await self.editor.post(f"{self.path}/figures/{position}", status, seen=mark, **fields)

    async def findings(self) -> list[str]:
        async with self.database.read() as session:
            return [
                f.code
                for f in (await make_plan(session, self.version)).findings
                if f.code[:2] != "t3" or "row" in f.code
            ]


@pytest.fixture
async def draft(sqlite: Database, clock: FixedClock, arrive: Arrive) -> Draft:
    cells = {f"{row}.{column}": "？" for row in LOST for column in COLUMNS}
    figures = (figure("f.wechat", 118), figure(None, 61, "重点领域信息"), figure("f.site_news", 97, "稿件"))
    reading = make_reading(cells=cells, figures=figures, findings=(UNNAMED, ODD, LOOSE))
    stored = await add_draft(sqlite, clock, reading)
    return Draft(sqlite, await arrive("li", Role.EDITOR), stored.version_id)


async def test_rows_are_settled_together_and_recorded_cell_by_cell(draft: Draft) -> None:
    page = await draft.editor.get(draft.path)
    assert "整行、整块处理（6格）" in page
    assert "要写明理由" in await draft.together(400, row=LOST[0], decision="keep", reason=" ")
    assert "请先选" in await draft.together(400, decision="keep", reason="行名丢失")
    assert "请选怎么处理" in await draft.together(400, row=LOST[0], reason="行名丢失")
    assert "已处理2格" in await draft.together(row=LOST[0], decision="keep", reason="文件里行名丢失")
    assert "t3.row.unnamed" in await draft.findings(), "two more rows are still in doubt"
    assert "已处理2格" in await draft.together(row=LOST[1], decision="blank", reason="原件空白")
    assert "已处理2格" in await draft.together(row=LOST[2], decision="keep", reason="文件里行名丢失")
    assert "t3.row.unnamed" not in await draft.findings()
    async with draft.database.read() as session:
        cells = await cells_of_version(session, draft.version)
        entries = await audit.entries(session, subject=f"version {draft.version} t3.partial.total")
    assert (cells["t3.granted.total"].meaning, cells["t3.granted.total"].settled_reason) == (
        "unreadable",
        "文件里行名丢失",
    )
    assert (cells["t3.partial.total"].meaning, cells["t3.partial.total"].read_meaning) == ("blank", "unreadable")
    assert [e.action for e in entries] == ["cell.blank"]


async def test_rows_settled_by_somebody_else_meanwhile(draft: Draft) -> None:
    page = await draft.editor.get(draft.path)
    seen = re.search(r'/together".*?name="seen" value="(\w+)"', page, re.DOTALL).group(1)
    await draft.together(row=LOST[0], decision="keep", reason="行名丢失")
    assert "没有保存" in await draft.together(409, seen=seen, row=LOST[1], decision="blank", reason="原件空白")


async def test_a_number_that_a_sum_contradicts_is_never_blanked_with_its_row(
    sqlite: Database, clock: FixedClock, arrive: Arrive
) -> None:
    wrong = Finding(Level.ERROR, "t3.sum.columns", "各类申请人之和应等于总计。", "t3.new.total")
    stored = await add_draft(
        sqlite, clock, make_reading(cells={"t3.new.total": 9, "t3.new.natural": "？"}, findings=(wrong,))
    )
    draft = Draft(sqlite, await arrive("li", Role.EDITOR), stored.version_id)
    await draft.together(row="t3.new", decision="blank", reason="原件空白")
    async with sqlite.read() as session:
        cells = await cells_of_version(session, draft.version)
    assert cells["t3.new.total"].value == 9
    assert cells["t3.new.natural"].meaning == "blank"


async def test_figures_are_corrected_dropped_and_given_their_indicator(draft: Draft) -> None:
    assert "请写明理由" in await draft.figure(0, 400, decision="correct", value="119", indicator="f.wechat", reason="")
    assert "不是数字" in await draft.figure(0, 400, decision="correct", value="几条", reason="x")
    taken = await draft.figure(1, 400, decision="correct", value="61", indicator="f.wechat", reason="x")
    assert "一个指标只能有一个数字" in taken
    page = await draft.figure(0, decision="correct", value="1,190", indicator="f.wechat", reason="原件第2页")
    assert "读出118" in page
    assert "没有保存" in await draft.figure(0, 409, seen="118|f.wechat|False|None", decision="drop", reason="x")
    await draft.figure(2, decision="drop", reason="是上年的数")
    await draft.figure(1, decision="correct", value="61", indicator="f.key_area", reason="就是这一项")
    async with draft.database.read() as session:
        facts = (await load_reports(session, [draft.version]))[draft.version]
    assert {i: str(f.value) for i, f in facts.facts.items() if i.startswith("f.")} == {
        "f.wechat": "1190",
        "f.key_area": "61",
    }
    assert facts.facts["f.wechat"].sentence.endswith("（原文写作118，经核对更正为1190）")
    assert "核对" not in facts.facts["f.key_area"].sentence
    await draft.figure(0, decision="keep", reason="还是原来的对")
    async with draft.database.read() as session:
        facts = (await load_reports(session, [draft.version]))[draft.version]
    assert facts.facts["f.wechat"].value == 118


async def test_doubts_about_no_cell_are_confirmed_with_what_was_found(draft: Draft) -> None:
    assert {"year.conflict", "narrative.short"} <= set(await draft.findings())
    loose = {"code": LOOSE.code, "message": LOOSE.message}
    assert "请写明理由" in await draft.editor.post(f"{draft.path}/confirm", 400, **loose, reason="")
    await draft.editor.post(f"{draft.path}/confirm", 404, code="x", message="y", reason="z")
    lost = {"code": UNNAMED.code, "message": UNNAMED.message}
    assert "请在表格里" in await draft.editor.post(f"{draft.path}/confirm", 400, **lost, reason="没事")
    page = await draft.editor.post(f"{draft.path}/confirm", **loose, reason="原件第六部分写“无”")
    assert "li已核对" in page
    assert "narrative.short" not in await draft.findings()


async def test_whose_report_it_is_and_of_which_year(draft: Draft, clock: FixedClock) -> None:
    async with draft.database.read() as session:
        row = await get_version(session, draft.version)
    form = {"seen_agency": row.agency, "seen_year": row.year, "agency": row.agency, "reason": "封面"}
    path = f"{draft.path}/whose"
    assert "四位数字" in await draft.editor.post(path, 400, year="去年", **form)
    assert "不会是" in await draft.editor.post(path, 400, year="1999", **form)
    await add_draft(draft.database, clock, make_reading(2022))
    assert "已确认" in await draft.editor.post(path, year="2022", **form)
    async with draft.database.read() as session:
        row = await get_version(session, draft.version)
    assert (row.year, row.number) == (2022, 2)
    assert "year.conflict" not in await draft.findings()
    assert "没有保存" in await draft.editor.post(path, 409, year="2021", **form)
