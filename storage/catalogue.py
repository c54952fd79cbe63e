"""The statutory annual-report format as data (政府信息公开工作年度报告格式).

Everything that knows a table, a row, a column or a sum reads it from here: the importer, the cross-checks,
question understanding, pages and documents. Adding an indicator or a synonym touches this file only.

Editions:
    * 2021: 国办公开办函〔2021〕30号, reports of 2021 and later.
    * 2019: 国办公开办函〔2019〕60号, reports of 2019 and 2020. Its table two counts other things; tables three and
      four carry the same labels except (六)其他处理, which is one row without sub-items.

Cell ids are public (`t3.new.total`): JSON, CSV and permalinks use them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Edition(StrEnum):
    """Which format a report follows. `OTHER`: before 2019, or not recognisable."""

    E2021 = "2021"
    E2019 = "2019"
    OTHER = "other"


class Meaning(StrEnum):
    """What the report says in a cell. The four are different facts and never stand in for each other."""

    NUMBER = "number"
    BLANK = "blank"
    UNREADABLE = "unreadable"
    NOT_IN_EDITION = "not_in_edition"


@dataclass(frozen=True, slots=True)
class Term:
    """A row, a column or a group of the tables.

    Attributes:
        id: the word in the cell id.
        label: the official label with full-width punctuation.
        short: what a citizen reads.
        spoken: what people say for it; understanding of questions is built from these.
        group: the id of the level above in table three (`refused` for 不予公开), else empty.
        article: article of the Regulation (条例) behind it, else empty.
    """

    id: str
    label: str
    short: str
    spoken: tuple[str, ...] = ()
    group: str = ""
    article: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """One numeric cell of the form: its id, the path of labels that leads to it and the unit of its number."""

    id: str
    table: str
    row: Term
    column: Term | None
    unit: str
    editions: frozenset[Edition]

    @property
    def place(self) -> str:
        """Where the cell stands, as a citizen reads it: 表三·本年新收·总计."""
        parts = [TABLE_NAMES[self.table]]
        if self.row.group:
            parts.append(GROUPS[self.row.group].short)
        parts.append(self.row.short)
        if self.column is not None:
            parts.append(self.column.short)
        return "·".join(parts)


@dataclass(frozen=True, slots=True)
class Sum:
    """A cross-check (勾稽): the cells of `left` and of `right` must add up to the same.

    `rule` is the id of `disclosure.md` §2.5: T3-1 一+二=三(七)+四, T3-2 三(七)=sum of its rows,
    T3-3 总计=sum of the six kinds of applicant, T4-1 总计=sum of the four results.
    """

    rule: str
    left: tuple[str, ...]
    right: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Indicator:
    """A figure that reports state in their narrative, outside the tables (`f.wechat`)."""

    id: str
    label: str
    unit: str
    spoken: tuple[str, ...] = ()


TABLE_NAMES: Mapping[str, str] = MappingProxyType({"t2": "表二", "t3": "表三", "t4": "表四"})

SECTIONS: Mapping[int, str] = MappingProxyType(
    {
        1: "总体情况",
        2: "主动公开政府信息情况",
        3: "收到和处理政府信息公开申请情况",
        4: "政府信息公开行政复议、行政诉讼情况",
        5: "存在的主要问题及改进情况",
        6: "其他需要报告的事项",
    }
)

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "x.overview": "总体情况",
        "x.problems": "存在的主要问题",
        "x.measures": "改进措施",
        "x.other": "其他需要报告的事项",
    }
)

BOTH = frozenset({Edition.E2021, Edition.E2019})
ONLY_2021 = frozenset({Edition.E2021})
ONLY_2019 = frozenset({Edition.E2019})

# --- table two: 主动公开政府信息情况 ---------------------------------------------------------------

RULES = Term("rules", "规章", "规章", ("规章", "政府规章"), article="第二十条第（一）项")
NORMATIVE = Term(
    "normative",
    "行政规范性文件",
    "行政规范性文件",
    ("行政规范性文件", "规范性文件", "规范文件"),
    article="第二十条第（一）项",
)
LICENCE = Term("licence", "行政许可", "行政许可", ("行政许可", "许可"), article="第二十条第（五）项")
SERVICES = Term("services", "其他对外管理服务事项", "其他对外管理服务事项", article="第二十条第（五）项")
PENALTY = Term("penalty", "行政处罚", "行政处罚", ("行政处罚", "处罚"), article="第二十条第（六）项")
COERCION = Term("coercion", "行政强制", "行政强制", ("行政强制", "强制"), article="第二十条第（六）项")
FEE = Term("fee", "行政事业性收费", "行政事业性收费", ("行政事业性收费", "事业性收费"), article="第二十条第（八）项")
PROCUREMENT = Term("procurement", "政府集中采购", "政府集中采购", article="第二十条第（九）项")

MADE = Term("made", "本年制发件数", "本年制发", ("制发", "制定", "印发", "出台", "新发"))
REPEALED = Term("repealed", "本年废止件数", "本年废止", ("废止", "作废", "废除"))
VALID = Term("valid", "现行有效件数", "现行有效", ("现行有效", "有效", "在用", "管用"))
CREATED = Term("created", "本年新制作数量", "本年新制作")
OPENED = Term("opened", "本年新公开数量", "本年新公开")
HELD = Term("held", "对外公开总数量", "对外公开总数")
DECISIONS = Term("decisions", "本年处理决定数量", "本年处理决定")
DECISIONS_2019 = Term("decisions", "处理决定数量", "处理决定")
AMOUNT = Term("amount", "本年收费金额（单位：万元）", "本年收费金额")
ITEMS = Term("items", "上一年项目数量", "上一年项目数量")
CHANGE = Term("change", "本年增/减", "本年增减")
PURCHASES = Term("items", "采购项目数量", "采购项目数量")
PURCHASE_SUM = Term("amount", "采购总金额", "采购总金额")


def _t2_cells() -> Iterator[Cell]:
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


# --- table three: 收到和处理政府信息公开申请情况 -----------------------------------------------------

GROUPS: Mapping[str, Term] = MappingProxyType(
    {
        t.id: t
        for t in (
            Term(
                "refused",
                "（三）不予公开",
                "不予公开",
                ("不予公开", "不公开", "没给公开", "拒绝公开"),
                article="第十四至十六条",
            ),
            Term("unable", "（四）无法提供", "无法提供", ("无法提供", "提供不了"), article="第三十六、三十八条"),
            Term("unhandled", "（五）不予处理", "不予处理", ("不予处理", "不处理"), article="第三十五、三十九条"),
            Term("other_all", "（六）其他处理", "其他处理", ("其他处理",)),
        )
    }
)

APPLICANTS: tuple[Term, ...] = (
    Term("natural", "自然人", "自然人", ("自然人", "个人", "老百姓", "居民", "群众")),
    Term("business", "商业企业", "商业企业", ("商业企业", "企业", "公司", "厂", "商家")),
    Term("research", "科研机构", "科研机构", ("科研机构", "科研单位", "研究所", "研究机构")),
    Term("ngo", "社会公益组织", "社会公益组织", ("社会公益组织", "公益组织", "公益机构")),
    Term("legal", "法律服务机构", "法律服务机构", ("法律服务机构", "律师事务所", "律所", "律师")),
    Term("other", "其他", "其他法人或组织", ("其他法人或其他组织", "其他组织")),
)
TOTAL = Term("total", "总计", "总计", ("总计", "合计", "总数"))
COLUMNS: tuple[Term, ...] = (*APPLICANTS, TOTAL)
ORGANISATIONS: tuple[str, ...] = ("business", "research", "ngo", "legal", "other")
"""The applicant columns under 法人或其他组织."""

NEW = Term("new", "一、本年新收政府信息公开申请数量", "本年新收", ("新收", "收到", "新申请", "递交"))
CARRIED_IN = Term("carried_in", "二、上年结转政府信息公开申请数量", "上年结转", ("上年结转", "上年转来"))
DONE = Term("done", "（七）总计", "办理结果总计", ("办结", "办理结果总计", "办完"))
CARRIED_OUT = Term("carried_out", "四、结转下年度继续办理", "结转下年度继续办理", ("结转下年", "转到下年", "没办完"))

OUTCOMES: tuple[Term, ...] = (
    Term("granted", "（一）予以公开", "予以公开", ("予以公开", "全部公开", "同意公开"), article="第三十六条第（二）项"),
    Term(
        "partial",
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
        "部分公开",
        ("部分公开", "公开一部分"),
        article="第三十七条",
    ),
    Term("secret", "1.属于国家秘密", "属于国家秘密", ("国家秘密", "国家机密"), "refused", "第十四条"),
    Term(
        "forbidden",
        "2.其他法律行政法规禁止公开",
        "其他法律行政法规禁止公开",
        ("法律法规禁止公开",),
        "refused",
        "第十四条",
    ),
    Term("safety", "3.危及“三安全一稳定”", "危及“三安全一稳定”", ("三安全一稳定",), "refused", "第十四条"),
    Term(
        "third_party",
        "4.保护第三方合法权益",
        "保护第三方合法权益",
        ("第三方", "商业秘密", "个人隐私"),
        "refused",
        "第十五条",
    ),
    Term("internal", "5.属于三类内部事务信息", "属于三类内部事务信息", ("内部事务",), "refused", "第十六条"),
    Term("process", "6.属于四类过程性信息", "属于四类过程性信息", ("过程性信息",), "refused", "第十六条"),
    Term("enforcement", "7.属于行政执法案卷", "属于行政执法案卷", ("执法案卷",), "refused", "第十六条"),
    Term("inquiry", "8.属于行政查询事项", "属于行政查询事项", ("行政查询",), "refused", "第三十六条第（七）项"),
    Term(
        "not_held",
        "1.本机关不掌握相关政府信息",
        "本机关不掌握相关政府信息",
        ("不掌握",),
        "unable",
        "第三十六条第（四）（五）项",
    ),
    Term(
        "needs_creation",
        "2.没有现成信息需要另行制作",
        "没有现成信息需要另行制作",
        ("另行制作",),
        "unable",
        "第三十八条",
    ),
    Term("unclear", "3.补正后申请内容仍不明确", "补正后申请内容仍不明确", ("补正后仍不明确",), "unable", "第三十条"),
    Term("petition", "1.信访举报投诉类申请", "信访举报投诉类申请", ("信访", "举报", "投诉"), "unhandled", "第三十九条"),
    Term("repeat", "2.重复申请", "重复申请", ("重复申请",), "unhandled", "第三十六条第（六）项"),
    Term("publication", "3.要求提供公开出版物", "要求提供公开出版物", ("公开出版物",), "unhandled", "第三十九条"),
    Term(
        "excessive", "4.无正当理由大量反复申请", "无正当理由大量反复申请", ("大量反复申请",), "unhandled", "第三十五条"
    ),
    Term(
        "reconfirm",
        "5.要求行政机关确认或重新出具已获取信息",
        "要求行政机关确认或重新出具已获取信息",
        ("重新出具",),
        "unhandled",
    ),
    Term(
        "uncorrected",
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
        "申请人无正当理由逾期不补正",
        ("逾期不补正",),
        "other_all",
        "第三十条",
    ),
    Term(
        "unpaid",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
        "申请人逾期未按收费通知要求缴纳费用",
        ("逾期未缴费",),
        "other_all",
    ),
    Term("other_handling", "3.其他", "其他", (), "other_all"),
)
OTHER_ALL_ROW = GROUPS["other_all"]
"""(六)其他处理 printed as one row: the 2019 layout, also met inside 2021 reports."""

T3_ROWS: tuple[Term, ...] = (NEW, CARRIED_IN, *OUTCOMES, DONE, CARRIED_OUT)
"""The 25 data rows of the 2021 edition in the order of the form."""

ROWS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {g: tuple(t.id for t in OUTCOMES if t.group == g) for g in GROUPS}
)
"""Row ids under each group that the form prints without a subtotal of its own."""


def _t3_cells() -> Iterator[Cell]:
    for row in T3_ROWS:
        editions = ONLY_2021 if row.group == "other_all" else BOTH
        for column in COLUMNS:
            yield Cell(f"t3.{row.id}.{column.id}", "t3", row, column, "件", editions)
    for column in COLUMNS:
        yield Cell(f"t3.other_all.{column.id}", "t3", OTHER_ALL_ROW, column, "件", BOTH)


# --- table four: 政府信息公开行政复议、行政诉讼情况 ---------------------------------------------------

REMEDIES: tuple[Term, ...] = (
    Term("review", "行政复议", "行政复议", ("行政复议", "复议")),
    Term("direct", "未经复议直接起诉", "未经复议直接起诉", ("直接起诉", "未经复议直接起诉")),
    Term("after", "复议后起诉", "复议后起诉", ("复议后起诉", "先复议后起诉")),
)
SUITS = Term("suits", "行政诉讼", "行政诉讼", ("行政诉讼", "官司", "起诉", "诉讼"))
"""Derived: 未经复议直接起诉 + 复议后起诉; the form prints no total over the two."""

RESULTS: tuple[Term, ...] = (
    Term("upheld", "结果维持", "结果维持", ("维持",)),
    Term("corrected", "结果纠正", "结果纠正", ("纠正",)),
    Term("other", "其他结果", "其他结果", ("其他结果",)),
    Term("pending", "尚未审结", "尚未审结", ("尚未审结", "没审完")),
    TOTAL,
)


def _t4_cells() -> Iterator[Cell]:
    for row in REMEDIES:
        for column in RESULTS:
            yield Cell(f"t4.{row.id}.{column.id}", "t4", row, column, "件", BOTH)


CELLS: Mapping[str, Cell] = MappingProxyType({c.id: c for c in (*_t2_cells(), *_t3_cells(), *_t4_cells())})
"""Every cell of every edition, in the order of the form."""

# --- narrative figures of sections one and six ------------------------------------------------------

INDICATORS: Mapping[str, Indicator] = MappingProxyType(
    {
        i.id: i
        for i in (
            Indicator("f.site_news", "县政府网站发布新闻稿件", "条", ("新闻稿件", "网站新闻", "新闻稿", "稿子")),
            Indicator("f.key_area", "重点领域信息公开发布信息", "条", ("重点领域",)),
            Indicator("f.wechat", "微信公众号发布信息", "条", ("公众号", "微信", "推文")),
            Indicator("f.video", "短视频", "条", ("短视频", "抖音", "视频")),
            Indicator("f.policy", "政策解读", "篇", ("政策解读", "解读")),
            Indicator("f.hotline", "12333热线接听", "件", ("12333", "热线", "电话")),
            Indicator("f.petition_reply", "网民留言办理", "条", ("网民留言", "留言")),
            Indicator("f.training", "培训场次", "场", ("培训",)),
            Indicator("f.info_fee", "信息处理费", "元", ("信息处理费", "处理费")),
        )
    }
)


def cells_of(edition: Edition) -> tuple[str, ...]:
    """Ids of the cells that the form of `edition` prints, in order; the one-row (六)其他处理 only for 2019."""
    return tuple(
        c.id
        for c in CELLS.values()
        if edition in c.editions and not (edition is Edition.E2021 and c.row is OTHER_ALL_ROW)
    )


def sums(*, single_other_row: bool) -> tuple[Sum, ...]:
    """The cross-checks (勾稽关系) of tables three and four.

    Args:
        single_other_row: (六)其他处理 stands as one row (`t3.other_all.*`) and not as three.
    """
    outcomes = [t.id for t in OUTCOMES if not (single_other_row and t.group == "other_all")]
    if single_other_row:
        outcomes.append(OTHER_ALL_ROW.id)
    rows = [NEW.id, CARRIED_IN.id, *outcomes, DONE.id, CARRIED_OUT.id]
    found = [
        Sum("T3-1", (f"t3.new.{c.id}", f"t3.carried_in.{c.id}"), (f"t3.done.{c.id}", f"t3.carried_out.{c.id}"))
        for c in COLUMNS
    ]
    found += [Sum("T3-2", tuple(f"t3.{r}.{c.id}" for r in outcomes), (f"t3.done.{c.id}",)) for c in COLUMNS]
    found += [Sum("T3-3", tuple(f"t3.{r}.{c.id}" for c in APPLICANTS), (f"t3.{r}.total",)) for r in rows]
    found += [
        Sum("T4-1", tuple(f"t4.{g.id}.{r.id}" for r in RESULTS if r is not TOTAL), (f"t4.{g.id}.total",))
        for g in REMEDIES
    ]
    return tuple(found)
