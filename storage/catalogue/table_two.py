"""Table two: 主动公开政府信息情况."""

from __future__ import annotations

from collections.abc import Iterator

from storage.catalogue.cell import Cell
from storage.catalogue.terms import BOTH, ONLY_2019, ONLY_2021, Term, ways

RULES = Term("rules", "规章", "规章", ("规章", "政府规章", "行政规章"), article="第二十条第（一）项")
NORMATIVE = Term(
    "normative",
    "行政规范性文件",
    "行政规范性文件",
    ways("行政规范性文件 规范性文件 规范文件 红头文件 规范性公文"),
    article="第二十条第（一）项",
)
LICENCE = Term(
    "licence",
    "行政许可",
    "行政许可",
    ways("行政许可 许可 行政许可决定 行政审批 许可证 许可决定 准予许可 批 批了 发证 发证数 办证 办证数 证照"),
    article="第二十条第（五）项",
)
SERVICES = Term(
    "services",
    "其他对外管理服务事项",
    "其他对外管理服务事项",
    ("其他对外管理服务事项", "对外管理服务"),
    article="第二十条第（五）项",
)
PENALTY = Term(
    "penalty",
    "行政处罚",
    "行政处罚",
    ways("行政处罚 处罚 行政处罚决定 处罚决定 罚单 罚了 罚过 罚得 挨罚 开罚 行罚 受罚 被罚 罚"),
    article="第二十条第（六）项",
)
COERCION = Term(
    "coercion",
    "行政强制",
    "行政强制",
    ways("行政强制 强制 强制措施 强制执行 行政强制措施 行政强制执行 强制手段"),
    article="第二十条第（六）项",
)
FEE = Term(
    "fee",
    "行政事业性收费",
    "行政事业性收费",
    ways("行政事业性收费 事业性收费 事业收费 行政性收费 行政收费 行政事业收费 收费金额 事业性费用 收费"),
    article="第二十条第（八）项",
    clues=ways("费+多少万 收+多少万 收+几万 收了+万 收了+费 收费+万 收费+万块 收费+万元 费+万元 收费+多少钱"),
)
PROCUREMENT = Term(
    "procurement",
    "政府集中采购",
    "政府集中采购",
    ("政府集中采购", "集中采购", "政府采购"),
    article="第二十条第（九）项",
)

MADE = Term(
    "made",
    "本年制发件数",
    "本年制发",
    (
        *ways("制发 制发数 本年制发 制定 制订 印发 出台 新发 颁布 下发 新出 新制定 新制发"),
        *ways("新立 新订 发了 出了 制定了 新增 发布"),
    ),
)
REPEALED = Term(
    "repealed",
    "本年废止件数",
    "本年废止",
    ways("废止 废止数 本年废止 作废 废除 废了 失效 废掉 废脱 废脱了 废咗 取消 停用 不再执行 不算数"),
)
VALID = Term(
    "valid",
    "现行有效件数",
    "现行有效",
    (
        *ways("现行有效 有效 现行有效数 仍有效 还有效 仍然有效 在用 还在用 管用 还管用 生效 现行"),
        *ways("继续有效 还作数 还算数 有效期内 在执行 还在执行 目前有效"),
    ),
)
CREATED = Term("created", "本年新制作数量", "本年新制作", ("新制作",))
OPENED = Term("opened", "本年新公开数量", "本年新公开", ("新公开",))
HELD = Term("held", "对外公开总数量", "对外公开总数", ("对外公开总数", "对外公开总数量"))
DECISIONS = Term("decisions", "本年处理决定数量", "本年处理决定")
DECISIONS_2019 = Term("decisions", "处理决定数量", "处理决定")
AMOUNT = Term("amount", "本年收费金额（单位：万元）", "本年收费金额")
ITEMS = Term("items", "上一年项目数量", "上一年项目数量")
CHANGE = Term("change", "本年增/减", "本年增减")
PURCHASES = Term("items", "采购项目数量", "采购项目数量")
PURCHASE_SUM = Term("amount", "采购总金额", "采购总金额")


def cells() -> Iterator[Cell]:
    """Every cell of the table in every edition, in the order of the form."""
    for row in (RULES, NORMATIVE):
        for column in (MADE, REPEALED, VALID):
            yield Cell(f"t2.{row.id}.{column.id}", "t2", row, column, "件", ONLY_2021)
        for column in (CREATED, OPENED, HELD):
            yield Cell(f"t2.{row.id}.{column.id}", "t2", row, column, "件", ONLY_2019)
    for row in (LICENCE, PENALTY, COERCION):
        yield Cell(f"t2.{row.id}", "t2", row, DECISIONS, "件", BOTH)
    yield Cell("t2.services", "t2", SERVICES, DECISIONS_2019, "件", ONLY_2019)
    yield Cell("t2.fee", "t2", FEE, AMOUNT, "万元", ONLY_2021)
    for row in (LICENCE, SERVICES, PENALTY, COERCION, FEE):
        for column in (ITEMS, CHANGE):
            yield Cell(f"t2.{row.id}.{column.id}", "t2", row, column, "项", ONLY_2019)
    yield Cell("t2.procurement.items", "t2", PROCUREMENT, PURCHASES, "项", ONLY_2019)
    yield Cell("t2.procurement.amount", "t2", PROCUREMENT, PURCHASE_SUM, "元", ONLY_2019)
