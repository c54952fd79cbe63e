"""A made-up bureau with reports of 2019 to 2025, so that the question entries have something true to be judged by.

Nothing here is a real county. The tables are random but seeded, and they satisfy every cross-check (勾稽) of
`storage.catalogue.sums` and the carry-over from one year to the next; rare rows hold zeros as real reports do.
All years follow the format of 2021, because the entries ask for its cells in every year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from types import MappingProxyType
from typing import Any

from storage.catalogue import APPLICANTS, CELLS, INDICATORS, OUTCOMES, REMEDIES, RESULTS, Edition, Meaning, cells_of
from storage.facts import AgencyFacts, Fact, Figure, ReportFacts

NAME = "青芦县人力资源和社会保障局"
ALIASES = ("青芦县人社局", "县人社局", "人社局")
YEARS = range(2019, 2026)
SEED = 4

Truth = dict[str, Any]

_WEIGHT = {"natural": 9, "business": 5, "research": 2, "ngo": 2, "legal": 3, "other": 2}
"""How many applications of one outcome a kind of applicant has at most."""

_SENTENCES = {
    "f.site_news": "在县政府门户网站登载新闻稿件{}条",
    "f.key_area": "重点领域信息公开发布信息{}条",
    "f.wechat": "通过微信公众号发布信息{}条",
    "f.video": "拍摄并发布短视频{}条",
    "f.policy": "编写政策解读{}篇",
    "f.hotline": "12333热线接听群众电话{}件",
    "f.petition_reply": "办理网民留言{}条",
    "f.training": "举办政务公开培训{}场",
}
_RANGE = {
    "f.site_news": (180, 620),
    "f.key_area": (90, 480),
    "f.wechat": (200, 760),
    "f.video": (12, 88),
    "f.policy": (11, 64),
    "f.hotline": (3100, 12900),
    "f.petition_reply": (60, 310),
    "f.training": (1, 14),
}
_OPENINGS = (
    "{y}年，青芦县人社局把政务公开同就业、社保、人才工作一并部署",
    "本局{y}年按照条例要求，规范推进信息公开",
    "围绕群众关切，{y}年全局各股室共同做好公开工作",
)
_PROBLEMS = (
    "一是人事考试类栏目内容偏少，群众查找不便；二是答复文书格式不统一。",
    "（一）下属经办机构报送信息较慢。（二）解读材料专业术语过多，群众看不懂。",
    "工作力量不足，兼职人员更换频繁；旧文件清理后网上标注不全。",
)
_MEASURES = (
    "一是整合考试招聘栏目，增设检索入口；二是印发答复文书样本。",
    "（一）每月通报各经办机构报送情况。（二）用案例和问答改写解读材料。",
    "配齐专职人员并签订责任书；对失效文件逐件加注。",
)
_OTHERS = (
    "本局全年未收取信息处理费，没有另外需要报告的情况。",
    "关于收费：{y}年收取信息处理费0元。",
    "无其他事项；依申请公开未收取信息处理费。",
)


@dataclass(frozen=True)
class World:
    """The bureau as answers read it, and the same numbers in the shape in which gold expressions name them."""

    facts: AgencyFacts
    truth: Truth


def _table_two(rng: Random, valid: int) -> Truth:
    made, repealed = rng.randint(1, 9), rng.randint(0, 4)
    return {
        "rules": {"made": 0, "repealed": 0, "valid": 0},
        "normative": {"made": made, "repealed": repealed, "valid": valid + made - repealed},
        "licence": rng.randint(60, 420),
        "penalty": rng.randint(3, 90),
        "coercion": rng.randint(1, 12),
        "fee": rng.randint(900, 9900) / 100,
    }


def _outcome(rng: Random, column: str) -> int:
    """A count of one outcome; four in ten are zero, for an organisation more."""
    zero = 0.3 if column == "natural" else 0.5
    return 0 if rng.random() < zero else rng.randint(1, _WEIGHT[column] * 2)


def _table_three(rng: Random, carried_in: Mapping[str, int]) -> dict[str, dict[str, int]]:
    columns = [c.id for c in APPLICANTS]
    rows = {o.id: {c: _outcome(rng, c) for c in columns} for o in OUTCOMES}
    rows["carried_in"] = dict(carried_in)
    for c in columns:
        rows["granted"][c] += carried_in[c]
    rows["done"] = {c: sum(rows[o.id][c] for o in OUTCOMES) for c in columns}
    rows["carried_out"] = {c: rng.choice((0, 0, 1, 1, 2, 3)) for c in columns}
    rows["new"] = {c: rows["done"][c] + rows["carried_out"][c] - carried_in[c] for c in columns}
    return {name: {**row, "total": sum(row.values())} for name, row in rows.items()}


def _table_four(rng: Random) -> dict[str, dict[str, int]]:
    table = {}
    for remedy in REMEDIES:
        row = {r.id: rng.randint(0, 5) for r in RESULTS if r.id != "total"}
        row["upheld"] += 1
        table[remedy.id] = {**row, "total": sum(row.values())}
    return table


def _year(rng: Random, year: int, carried_in: Mapping[str, int], valid: int) -> Truth:
    figures = {name.removeprefix("f."): rng.randint(*_RANGE[name]) for name in _SENTENCES}
    kind = year % 3
    narrative = "，".join(_SENTENCES[f"f.{name}"].format(n) for name, n in figures.items())
    return {
        "year": year,
        "t2": _table_two(rng, valid),
        "t3": _table_three(rng, carried_in),
        "t4": _table_four(rng),
        "f": figures,
        "x": {
            "overview": f"{_OPENINGS[kind].format(y=year)}。全年{narrative}。另举办专场招聘会{20 + year % 7}场。",
            "problems": _PROBLEMS[kind],
            "measures": _MEASURES[kind],
            "other": _OTHERS[kind].format(y=year),
        },
    }


def build_truth(seed: int = SEED) -> Truth:
    """The numbers and texts, `{"agency", "years": {"2019": {"t2", "t3", "t4", "f", "x"}}}`."""
    rng = Random(seed)
    carried = {c.id: rng.randint(0, 2) for c in APPLICANTS}
    valid, years = 31, {}
    for year in YEARS:
        table = _year(rng, year, carried, valid)
        years[str(year)] = table
        carried = {c.id: table["t3"]["carried_out"][c.id] for c in APPLICANTS}
        valid = table["t2"]["normative"]["valid"]
    return {"agency": NAME, "years": years}


def _number(table: Truth, cell: str) -> Decimal:
    value: Any = table
    for part in cell.split("."):
        value = value[part]
    return Decimal(str(value))


def _report(table: Truth, version: int) -> ReportFacts:
    facts = {}
    for cell in cells_of(Edition.E2021):
        value = _number(table, cell)
        facts[cell] = Fact(Meaning.NUMBER, value, raw=str(value), label=CELLS[cell].row.label, unit=CELLS[cell].unit)
    for name, sentence in _SENTENCES.items():
        value, known = _number(table, name), INDICATORS[name]
        facts[name] = Fact(
            Meaning.NUMBER,
            value,
            raw=str(value),
            sentence=sentence.format(value),
            label=known.label,
            unit=known.unit,
        )
    year = table["year"]
    fairs = Decimal(20 + year % 7)
    return ReportFacts(
        agency=NAME,
        year=year,
        edition=Edition.E2021,
        version_id=version,
        facts=MappingProxyType(facts),
        other_figures=(Figure(None, "专场招聘会", fairs, "场", f"另举办专场招聘会{fairs}场", raw=str(fairs)),),
        texts=MappingProxyType({f"x.{name}": text for name, text in table["x"].items()}),
        title=f"{NAME}{year}年政府信息公开工作年度报告",
    )


def build(seed: int = SEED) -> World:
    """The made-up bureau of `seed`."""
    truth = build_truth(seed)
    reports = {int(y): _report(table, n) for n, (y, table) in enumerate(truth["years"].items(), 1)}
    return World(AgencyFacts(1, NAME, ALIASES, MappingProxyType(reports)), truth)
