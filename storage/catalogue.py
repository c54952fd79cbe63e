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
from functools import lru_cache
from itertools import product
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
        clues: words that say it only together and in any order, joined by a plus sign (补正+不补).
        signs: words that hint at it where an outcome of applications is asked for and no row is named (年鉴, 盖章).
        group: the id of the level above in table three (`refused` for 不予公开), else empty.
        article: article of the Regulation (条例) behind it, else empty.
    """

    id: str
    label: str
    short: str
    spoken: tuple[str, ...] = ()
    group: str = ""
    article: str = ""
    clues: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()


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

    `rule` names it: T3-1 一+二=三(七)+四, T3-2 三(七)=sum of its rows,
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
    clues: tuple[str, ...] = ()


def _ways(*parts: str) -> tuple[str, ...]:
    """Every joining of one word out of each part; the words of a part stand with spaces between, `_` is nothing."""
    return tuple("".join(p for p in way if p != "_") for way in product(*(part.split() for part in parts)))


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

RULES = Term("rules", "规章", "规章", ("规章", "政府规章", "行政规章"), article="第二十条第（一）项")
NORMATIVE = Term(
    "normative",
    "行政规范性文件",
    "行政规范性文件",
    _ways("行政规范性文件 规范性文件 规范文件 红头文件 规范性公文"),
    article="第二十条第（一）项",
)
LICENCE = Term(
    "licence",
    "行政许可",
    "行政许可",
    _ways("行政许可 许可 行政许可决定 行政审批 许可证 许可决定 准予许可 批 批了"),
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
    _ways("行政处罚 处罚 行政处罚决定 处罚决定 罚单 罚了 罚过 罚得 挨罚 开罚 行罚 受罚 被罚 罚"),
    article="第二十条第（六）项",
)
COERCION = Term(
    "coercion",
    "行政强制",
    "行政强制",
    _ways("行政强制 强制 强制措施 强制执行 行政强制措施 行政强制执行 强制手段"),
    article="第二十条第（六）项",
)
FEE = Term(
    "fee",
    "行政事业性收费",
    "行政事业性收费",
    _ways("行政事业性收费 事业性收费 事业收费 行政性收费 行政收费 行政事业收费 收费金额 事业性费用 收费"),
    article="第二十条第（八）项",
    clues=_ways("费+多少万 收+多少万 收+几万 收了+万 收了+费 收费+万 收费+万块 收费+万元 费+万元 收费+多少钱"),
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
        *_ways("制发 制发数 本年制发 制定 制订 印发 出台 新发 颁布 下发 新出 新制定 新制发"),
        *_ways("新立 新订 发了 出了 制定了 新增 发布"),
    ),
)
REPEALED = Term(
    "repealed",
    "本年废止件数",
    "本年废止",
    _ways("废止 废止数 本年废止 作废 废除 废了 失效 废掉 取消 停用 不再执行 不算数"),
)
VALID = Term(
    "valid",
    "现行有效件数",
    "现行有效",
    (
        *_ways("现行有效 有效 现行有效数 仍有效 还有效 仍然有效 在用 还在用 管用 还管用 生效 现行"),
        *_ways("继续有效 还作数 还算数 有效期内 在执行 还在执行 目前有效"),
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

_NOT = (
    "没 没有 未 未予 不予 不 没给 不给 没让 不让 不肯 拒绝 不准 不许 不同意 没同意 "
    "不答应 没答应 不能 没能 没予 不愿 未获"
)
_SEEN = "公开 看 查看 给看 公布 给公开 予以公开 给信息"

GROUPS: Mapping[str, Term] = MappingProxyType(
    {
        t.id: t
        for t in (
            Term(
                "refused",
                "（三）不予公开",
                "不予公开",
                (
                    *_ways(_NOT, _SEEN),
                    *_ways(
                        "推掉 推掉了 推了 挡回去 打发 推出去 打发了 被拒 被拒的 被拒绝 拒绝 拒了 拒掉 回绝 "
                        "不予公开的 驳 驳了 "
                        "驳回 驳回了 打回 拒绝公开"
                    ),
                ),
                article="第十四至十六条",
            ),
            Term(
                "unable",
                "（四）无法提供",
                "无法提供",
                _ways("无法提供 提供不了 没法提供 不能提供 无法给 没法给 给不了 给不出 拿不出 没法儿提供"),
                article="第三十六、三十八条",
            ),
            Term(
                "unhandled",
                "（五）不予处理",
                "不予处理",
                _ways(
                    "不予处理 不处理 没处理 不予理会 不受理 不予受理 没受理 未受理 不予办理 未予处理 推掉 "
                    "推掉了 推了 挡回去 打发 推出去 打发了"
                ),
                article="第三十五、三十九条",
            ),
            Term("other_all", "（六）其他处理", "其他处理", ("其他处理", "其它处理", "别的处理", "其他方式处理")),
        )
    }
)

APPLICANTS: tuple[Term, ...] = (
    Term(
        "natural",
        "自然人",
        "自然人",
        (
            *_ways("自然人 个人 老百姓 居民 群众 公民 市民 百姓 村民 私人 普通人 平民 平头百姓"),
            *("个人申请人", "散户", "个体公民", "街坊"),
        ),
    ),
    Term(
        "business",
        "商业企业",
        "商业企业",
        _ways("商业企业 企业 公司 厂 商家 工厂 厂家 厂子 企业单位 公司企业 生意人 商企 民企"),
    ),
    Term(
        "research",
        "科研机构",
        "科研机构",
        _ways("科研机构 科研单位 研究所 研究机构 研究院 科研院所 科研所 搞科研的 科研 科研部门"),
    ),
    Term(
        "ngo",
        "社会公益组织",
        "社会公益组织",
        (
            *_ways("慈善公益 慈善 社会公益组织 公益组织 公益机构 社会组织 慈善组织 公益团体 社会团体 公益 公益性组织"),
            *("民间公益组织", "社会公益", "慈善机构"),
        ),
    ),
    Term(
        "legal",
        "法律服务机构",
        "法律服务机构",
        (
            *_ways("法律服务机构 律师事务所 律所 律师 法律机构 法律服务 律师行 法律服务所"),
            *("律师楼", "法服机构"),
        ),
    ),
    Term(
        "other",
        "其他",
        "其他法人或组织",
        _ways(
            "其他法人或其他组织 其他法人组织 其他法人 其他法人或组织 其他单位 其他机构 其它组织 其他申请人 其他类申请人"
        ),
    ),
)
ORGANISATION_WORDS = (
    *_ways("法人或其他组织 法人或者其他组织 法人和其他组织 法人及其他组织 法人其他组织 法人组织 法人 非自然人"),
    *_ways("除了个人 除个人 除自然人 除了自然人 不算个人 不含自然人 自然人以外 个人以外 组织申请 单位申请"),
    *("其他组织",),
)
"""What people say for 法人或其他组织, the five columns `ORGANISATIONS` together."""
TOTAL = Term("total", "总计", "总计", ("总计", "合计", "总数"))
COLUMNS: tuple[Term, ...] = (*APPLICANTS, TOTAL)
ORGANISATIONS: tuple[str, ...] = _ways("business research ngo legal other")
"""The applicant columns under 法人或其他组织."""

_LAST_YEAR = "上年 上年度 上一年 上一年度 前一年 头年 上年没办完 往年 从上年 从上一年"
NEW = Term(
    "new",
    "一、本年新收政府信息公开申请数量",
    "本年新收",
    (
        *_ways("新收 本年新收 新申请 新来申请 新递 新提出 新提 新接 新增申请 新递交 新受理 新来"),
        *_ways("收到申请 收到的申请 来申请 提申请 递申请 提交申请 递交申请 申请数量 申请总量 申请总数"),
        *_ways("申请量 申请数 申请件数 收到 新进 新报 新登记 新交 新收到 新接收 新提交 递了申请"),
        *_ways("申请宗数 本年新增 当年新收 新到 受理申请 新收申请 接到申请 收申请 当年申请"),
    ),
)
CARRIED_IN = Term(
    "carried_in",
    "二、上年结转政府信息公开申请数量",
    "上年结转",
    (
        *_ways(
            _LAST_YEAR,
            "结转 转来 转过来 转下来 留下 留下来 剩下 剩下来 遗留 遗留下来 带过来 转入 接过来 拖过来 移过来 没办完",
        ),
        *_ways("结转 结转了 结转过来 结转进来 转进来 结转而来 旧存 接着办的 转过来"),
    ),
    clues=("上年+结转", "上年+转"),
)
DONE = Term(
    "done",
    "（七）总计",
    "办理结果总计",
    (
        *_ways("办结 办理结果总计 办完 办结总计 办结总数 办理总数 办理结果 处理完 处理完毕 办理完毕"),
        *_ways("办妥 办好 办理总计 本年度办理结果 本年办理结果 办结数 办结量 已办结 办了 办掉 答复总数"),
        *_ways("办理完 搞完 弄完 处理总数 完成办理 总办结 办成 处理结果总计"),
    ),
    clues=("答了+申请", "答复+申请", "回复+申请", "处理+申请", "答复了+件"),
)
CARRIED_OUT = Term(
    "carried_out",
    "四、结转下年度继续办理",
    "结转下年度继续办理",
    (
        *_ways(
            "结转 转 转到 转入 结转到 结转至 留到 拖到 推到 转至 移到 顺延到 接转 跨到 结转给",
            "下年 下年度 下一年 下一年度 次年 明年 第二年 来年 后一年",
        ),
        *_ways("没 没有 未 还没 还没有 尚未 没能", "办完 办结 办好 处理完 弄完 搞完 办妥 办理完 办成 了结"),
        *_ways("结转 结转了 继续办理 继续办 下年度继续 跨年 还在办 办不完 在办 未了"),
    ),
    clues=("结转+下年", "结转+下一年"),
)

OUTCOMES: tuple[Term, ...] = (
    Term(
        "granted",
        "（一）予以公开",
        "予以公开",
        (
            *_ways("予以公开 全部公开 全公开 完全公开 给公开 给了公开 准予公开 批准公开 同意给公开 同意给看"),
            *_ways("同意 答应 肯 愿意 允许 准许 答应给 都给 全给 全都给 痛快", "公开 公开了"),
            *_ways(
                "同意了的 同意的 答应的 准了的 公开给了 照给 全给 都给了 顺利公开 全都公开 全文公开 "
                "公开了的 给了信息 公开给 要到信息 "
                "要到了 拿到信息 办成 办成了 给办成 要到的 拿到手 申请成功 要着了"
            ),
        ),
        article="第三十六条第（二）项",
    ),
    Term(
        "partial",
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）",
        "部分公开",
        (
            *_ways(
                "给了部分 给一部分 给部分 只给部分 涂黑 遮掉 抹掉 打码 删掉一部分 部分公开 公开一部分 "
                "公开了一部分 公开部分 给了一部分 只公开一部分 一部分公开 区分处理"
            ),
            *_ways(
                "只给一部分 只公开了一部分 给一半 半公开 部分予以公开 局部公开 公开了部分 只给了一部分 "
                "要到信息 要到了 拿到信息 办成 办成了 给办成 要到的 拿到手 申请成功 要着了"
            ),
        ),
        article="第三十七条",
        clues=("一部分+公开", "一半+公开"),
    ),
    Term(
        "secret",
        "1.属于国家秘密",
        "属于国家秘密",
        _ways("国家的秘密 国家秘密 国家机密 属于国家秘密 涉密 机密 泄密 保密 秘密 涉及国家秘密 国家保密"),
        "refused",
        "第十四条",
        signs=_ways("国家秘密 机密 绝密 涉密 保密 密级 定密 泄密 秘密文件 密件 国家的密"),
    ),
    Term(
        "forbidden",
        "2.其他法律行政法规禁止公开",
        "其他法律行政法规禁止公开",
        (
            *_ways(
                "其他 其它 别的 _",
                "法律行政法规 法律法规 法律、行政法规 法律和行政法规 法律 法规 法律或行政法规",
                "禁止公开 禁止 不让公开 不许公开 不允许公开 明令禁止 规定不能公开 不准公开",
            ),
            *("禁止公开",),
        ),
        "refused",
        "第十四条",
        signs=_ways("法律 法规 禁止 律法 明令 明文规定 法条 法律规定 法规规定 别的法 依法不能 法律不许 法律不让"),
    ),
    Term(
        "safety",
        "3.危及“三安全一稳定”",
        "危及“三安全一稳定”",
        (
            *_ways("三安全一稳定 三个安全一个稳定 危及三安全 三安全 影响社会稳定 危害社会稳定 危及社会稳定"),
            *_ways("国家安全 公共安全 经济安全 社会稳定 安全稳定"),
        ),
        "refused",
        "第十四条",
        signs=_ways("安全 稳定 安定 治安 乱子 维稳 公共秩序 社会秩序"),
    ),
    Term(
        "third_party",
        "4.保护第三方合法权益",
        "保护第三方合法权益",
        (
            *_ways(
                "别人的秘密 别人秘密 别家的秘密 企业秘密 人家的秘密 侵犯别人 涉及别人 牵扯别人 别人不同意 "
                "人家不同意 第三方 商业秘密 个人隐私 第三人 第三方权益 第三方合法权益 别人隐私 他人隐私 "
                "商业机密"
            ),
            *_ways("隐私 第三方利益 别人的隐私 人家隐私 人家的隐私 他人权益"),
        ),
        "refused",
        "第十五条",
        signs=(
            *_ways("第三方 第三人 隐私 商业秘密 商业机密 别家 旁人 个人信息 私事 权益 利益 生意秘密 技术秘密 经营秘密"),
            *_ways(
                "别人 人家 他人 旁人 别家 别的公司 别的企业 对方", "_ 的", "秘密 隐私 利益 权益 资料 信息 私事 东西"
            ),
        ),
    ),
    Term(
        "internal",
        "5.属于三类内部事务信息",
        "属于三类内部事务信息",
        _ways(
            "内部管理 内部人事 人事后勤 后勤管理 人事管理 自己内部 单位内部 内部流程 内部工作流程 "
            "内部的事 内部事务 三类内部事务 内部事务信息 三类内部事务信息 内部事项 内部信息 内部管理信息 "
            "内部事"
        ),
        "refused",
        "第十六条",
        signs=_ways(
            "内部 人事 后勤 内务 工作流程 内部文件 内部规定 内部管理 单位里头 机关内部 自家 内部通知 值班安排 人员安排"
        ),
    ),
    Term(
        "process",
        "6.属于四类过程性信息",
        "属于四类过程性信息",
        (
            *_ways(
                "没定下来 还没定 没定的 还在研究 正在研究 研究中 没敲定 讨论中 没定稿 未定稿 讨论稿 草稿 "
                "过程里 过程中形成 内部讨论 过程性信息 过程性 四类过程性 四类过程性信息 过程信息 过程稿 "
                "讨论记录 过程类信息"
            ),
            *("四类过程", "过程资料", "过程性材料"),
        ),
        "refused",
        "第十六条",
        signs=_ways(
            "过程 草稿 讨论 初稿 未定稿 征求意见稿 会议纪要 会议记录 请示 磋商 信函 研究 酝酿 半成品 "
            "底稿 拟稿 商量 中间稿 没定论 没成文 还没定 没拍板 未成熟 没成型 草案 送审稿 汇报稿"
        ),
    ),
    Term(
        "enforcement",
        "7.属于行政执法案卷",
        "属于行政执法案卷",
        _ways(
            "办案材料 执法材料 办案卷宗 处罚案卷 调查笔录 执法笔录 执法案卷 行政执法案卷 案卷 执法卷宗 "
            "执法档案 案卷信息 执法案卷信息 执法的案卷"
        ),
        "refused",
        "第十六条",
        signs=_ways("案卷 卷宗 执法 笔录 办案 查案 案件材料 执法记录 案子材料 处罚卷宗"),
    ),
    Term(
        "inquiry",
        "8.属于行政查询事项",
        "属于行政查询事项",
        _ways("查登记资料 登记资料 工商查询 不动产查询 查档 专门查询 行政查询 行政查询事项 查询事项 查询类 行政查询类"),
        "refused",
        "第三十六条第（七）项",
        signs=_ways(
            "查询 查档 登记档案 登记簿 登记信息 不动产 工商登记 工商档案 户籍 征信 查询窗口 查询系统 "
            "查询渠道 查档案 查登记 查房产 房产登记 专门查询"
        ),
    ),
    Term(
        "not_held",
        "1.本机关不掌握相关政府信息",
        "本机关不掌握相关政府信息",
        (
            *_ways(
                "没找着 没找到 找不着 查不到 没保存 没有保存 档案里没有 手头没有 没有这东西 没这东西 "
                "没有这个东西 没有您要的 没有你要的 没有这份 没有该信息 查无 "
                "没有相关信息 不掌握 没掌握 未掌握 不掌握相关政府信息 本机关不掌握 信息不存在 手里没有 "
                "没这信息"
            ),
            *_ways("没有这个信息 没这个信息 手上没有 不归我们管 本局不掌握 并不掌握 没有掌握 没存"),
        ),
        "unable",
        "第三十六条第（四）（五）项",
        signs=_ways(
            "掌握 不存在 没存 没保存 不归 职责 查无 没制作 没形成 没做过 压根没有 根本没有 手里没有 "
            "没有这份 没这份 不是我们管 不归我们 没收存 没留存 无此信息 管不着 没这个东西"
        ),
    ),
    Term(
        "needs_creation",
        "2.没有现成信息需要另行制作",
        "没有现成信息需要另行制作",
        (
            *_ways(
                "专门整理 专门弄 单独做 单独整理 现编 现整理 现给你编 另搞一份 重新加工 要加工 汇总加工 "
                "不是现成的 专门做一份 专门给人做 现成没有 得现做 得另做 要专门做 需要专门制作 重新做一份 "
                ""
                "另行制作 需要另行制作 没有现成信息 没现成 没有现成 无现成 现成的没有 要另做 另外做"
            ),
            *_ways("需另行制作 重新制作 另外制作 现做 需要加工 没有现成的 另做 没现成的 现成信息"),
        ),
        "unable",
        "第三十八条",
        signs=_ways("现成 加工 汇总 整理 重新统计 另行制作 另做 现做 现编 重做 统计分析 归纳 提炼 另外做 另做一份"),
    ),
    Term(
        "unclear",
        "3.补正后申请内容仍不明确",
        "补正后申请内容仍不明确",
        _ways("补正后仍不明确 补正后申请内容仍不明确 补正后还不明确 补正了还不清楚 补正后仍然不明确 内容仍不明确"),
        "unable",
        "第三十条",
        (
            *(
                f"{a}+{b}"
                for a in _ways("补正 补 补充 补材料 补过 改过")
                for b in _ways(
                    "不知道要啥 不知道要什么 弄不清 搞不清 说不明 含糊 模糊 没写明白 没讲明白 没说明白 写不明白"
                )
            ),
            *_ways(
                "补正+看不懂 补+看不懂 补+不明白 补+不清不楚 补+不明不白 补正+不明白 补正+整不明白 "
                "补正+弄不明白 "
                "补正+说不明白 补正+搞不懂 补正+闹不清 "
                "补正+没整明白 补正+不明确 补正+不清楚 补正+说不清 补正+没说清 补正+不清不楚 "
                "补+不明确 补+说不清"
            ),
            *_ways("补+没说清 补+不清楚 仍+不明确 补充+不明确 补充+不清楚 还是+不明确 补正+没讲清 补+没讲清"),
        ),
    ),
    Term(
        "petition",
        "1.信访举报投诉类申请",
        "信访举报投诉类申请",
        (
            *_ways("信访 举报 投诉 上访 信访举报 举报投诉 投诉举报 信访举报投诉 信访举报投诉类"),
            *_ways("信访类 信访件 告状 上访举报 信访投诉 反映问题"),
        ),
        "unhandled",
        "第三十九条",
        signs=_ways("信访 举报 投诉 上访 告状 诉求 反映情况 反映问题 申诉"),
    ),
    Term(
        "repeat",
        "2.重复申请",
        "重复申请",
        (
            *_ways(
                "一模一样 又来要 又要一遍 再来要 又来一遍 同样的内容 相同内容 又来问一遍 再问一遍 "
                "又问一遍 来回问 重复问 问过又问 答复过又 已经答复过又 好几遍 "
                "申请好几遍 申请好几次 申请多遍 同一件事申请 同一个事申请 同样的申请 重样的 "
                "来回申请 重复申请 重复提 重复提交 反复申请同一 同一件事反复申请 重复的申请 重复递交 "
                "重复的 重复"
            ),
            *_ways("又申请一遍 申请过又申请 再次申请 重复件 重复类"),
        ),
        "unhandled",
        "第三十六条第（六）项",
        signs=_ways(
            "重复 同样 一样 再次 重样 相同 同一件 同一份 车轱辘话 老问题 同样内容 一码事 一回事 "
            "又来 又问 又要 二遍 第二遍 两遍 几遍 又递 又提 一个内容 一个事 一件事"
        ),
    ),
    Term(
        "publication",
        "3.要求提供公开出版物",
        "要求提供公开出版物",
        _ways(
            "买得到 买得着 能买到 买到的 书店 书报 报纸书 书报上 报刊上 公开出版物 要求提供公开出版物 "
            "出版物 公开出版 书刊 公开出版的 要书要报 报刊书籍 出版的书"
        ),
        "unhandled",
        "第三十九条",
        signs=_ways(
            "出版 出版物 书店 报纸 杂志 期刊 年鉴 刊物 公报 图书 图书馆 书籍 市面 公开发行 买得到 能买 "
            "买到 书报 书刊 报刊 书 白皮书 出版社"
        ),
    ),
    Term(
        "excessive",
        "4.无正当理由大量反复申请",
        "无正当理由大量反复申请",
        (
            *_ways(
                "狂轰滥炸 轰炸式 轰炸 缠着 缠住 反复缠 死缠 没完没了地要 一口气申请 缠访 老申请 老是申请 "
                "总是申请 不停申请 频繁申请 天天申请 没完没了 恶意申请 滥用申请 "
                "大批量申请 缠着申请 一直申请 大量反复申请 无正当理由大量反复 大量反复 反复大量 反复申请 "
                "没完没了申请 一遍遍申请 大量申请"
            ),
            *_ways("反复大量申请 没正当理由大量反复 没完没了地申请 三番五次申请 没理由反复"),
        ),
        "unhandled",
        "第三十五条",
        signs=_ways(
            "大量 反复 频繁 没完没了 三天两头 隔三差五 翻来覆去 一遍遍 一遍又一遍 成堆 一摞 成批 狂申请 "
            "一大堆 轰炸 几十份 上百份 正当理由 没理由 车轮战 一个劲 不停 老是 接连 接二连三 海量 成百"
        ),
    ),
    Term(
        "reconfirm",
        "5.要求行政机关确认或重新出具已获取信息",
        "要求行政机关确认或重新出具已获取信息",
        (
            *_ways(
                "再证明 证明一遍 再开 再出一份 再出一次 再给开 补开一份 再开一次 再发一份 重新证明 "
                "再确认一遍 盖章确认 重出一份 再盖章 重新盖章 重出 再确认 再开具 重新打印一份 再打一份 "
                "重新出具 "
                "确认或重新出具 确认或者重新出具 已获取信息 已获取的信息 再出具 重新开具 再开一份"
            ),
            *_ways("重开一份 重新确认 要求确认 再给一份 重新出一份 再出一份 已经拿到的信息"),
        ),
        "unhandled",
        signs=_ways(
            "确认 盖章 盖个章 重新出具 出具 证明 再开 补开 重新开 重开 再给 再盖 已获取 已经拿到 "
            "已经给过 拿过 已经有了 再出 重出 补一份 补个 重新打印 公章 背书"
        ),
    ),
    Term(
        "uncorrected",
        "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请",
        "申请人无正当理由逾期不补正",
        _ways("逾期不补正 逾期未补正 不补正 没补正 未补正 不补材料 没补材料 拒不补正 超期不补正 到期不补正"),
        "other_all",
        "第三十条",
        (
            *_ways(
                "补正+不管 补正+不办 补正+不再办 补正+不再处理 补正+没回应 补正+没动静 补正+不回应 补正+不吭声 "
                "补正+没下文 补正+放弃 补正+不搭理 补正+没来 补材料+不管 补材料+没来 材料+过期 补+过期 "
                "补+不补 补正+不补 补正+没补 补正+逾期 补正+超期 补正+不理 "
                "补正+未补 材料+不补 材料+没补 补充+逾期"
            ),
            *_ways("补材料+没 补材料+不 补正+过期 补正+不交 补正+没交 补正+拖着 补正+不回"),
        ),
    ),
    Term(
        "unpaid",
        "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请",
        "申请人逾期未按收费通知要求缴纳费用",
        (
            *_ways("逾期未缴费 逾期不缴费 逾期未缴 不缴费 没缴费 未缴费 没交费 不交费 没交钱 不交钱"),
            *_ways("未缴纳费用 没缴纳费用 欠费 逾期未缴纳费用 未按收费通知 不给钱 没给钱 逾期不交费 未交费"),
        ),
        "other_all",
        "",
        _ways(
            "处理费+不办 处理费+不再办 处理费+不交 处理费+没交 处理费+不缴 处理费+没缴 交费+不办 缴费+不办 费+不管了 "
            "交钱+不办 钱+不办了 费+不办了 费+不再办 费+拖着 交费+过期 缴费+过期 通知+交费 交费+终止 "
            "没按+交费 缴费+终止 不交+通知 没交+通知 交费+没交 缴费+没交 "
            "缴费+没缴 交费+不交 缴费+不缴 收费+逾期 缴费+逾期 交费+逾期 "
            "费+没交 费+没缴 钱+没交 费用+逾期 费用+没交 费用+没缴 费+不缴 费+不交 缴+逾期 "
            "交钱+逾期"
        ),
    ),
    Term(
        "other_handling",
        "3.其他",
        "其他",
        ("其他处理的其他", "其他处理中的其他", "其他处理里的其他", "其他处理第三项"),
        "other_all",
    ),
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

_SUE = "起诉 告 诉讼 打官司 上法院 告状 上诉 告到法院 去法院"
REMEDIES: tuple[Term, ...] = (
    Term(
        "review",
        "行政复议",
        "行政复议",
        _ways("行政复议 复议 复议机关 复议案 复议案件 复议申请 行政复议案件 申请复议"),
    ),
    Term(
        "direct",
        "未经复议直接起诉",
        "未经复议直接起诉",
        (
            *_ways(
                "没 没有 未 不 没走 没经 没经过 未经 未经过 不经 不经过 不走 没申请 跳过 绕过 没做 没搞 没去 未走",
                "行政复议 复议 过复议 走复议",
            ),
            *_ways("没复议 未经复议 没走复议 不经复议 不复议 没经复议 没有复议", "就 直接 就直接", _SUE),
            *_ways("直接 径直 径行 径", _SUE),
            *_ways("直诉 直接告的 直接上法院告 直接去法院告 直接法院起诉"),
        ),
    ),
    Term(
        "after",
        "复议后起诉",
        "复议后起诉",
        (
            *_ways(
                "复议后 复议完 复议完了 复议过后 复议之后 复议以后 复议不服 复议了 复议过 复议完又 复议后又",
                "_ 再 又 才 还 再去",
                _SUE,
            ),
            *_ways("复议后 复议完 复议之后 复议以后 复议过 复议不服", "_ 再 又 还"),
            *_ways("先复议 经复议 经过复议 先复议后起诉 先复议后告 先复议再告 先复议再起诉 复议在先 走完复议"),
            *_ways("复诉 复诉诸 复诉诸法院 走过复议 复议再起诉 复议再告 经复议后起诉 经过复议再起诉 复议完再"),
        ),
    ),
)
SUITS = Term(
    "suits",
    "行政诉讼",
    "行政诉讼",
    (
        *_ways("行政诉讼 官司 起诉 诉讼 打官司 吃官司 告上法庭 被告 被起诉 法院 上法院 应诉 告上法院"),
        *_ways("告到法院 对簿公堂 诉讼案 诉讼案件 行政诉讼案件 行政官司 上法庭 被人告 打了官司 告你们 告咱们"),
        *("告我们", "被诉", "告局里", "告官"),
    ),
)
"""Derived: 未经复议直接起诉 + 复议后起诉; the form prints no total over the two."""

RESULTS: tuple[Term, ...] = (
    Term(
        "upheld",
        "结果维持",
        "结果维持",
        (
            *_ways("维持 结果维持 维持原判 胜诉 打赢 赢了 赢的 赢 被维持 维持的 胜了 没改 没变 驳回诉讼请求 驳回起诉"),
            *_ways(
                "判 认定 判定 法院说 裁定 裁判 法院认为 判决 复议机关说",
                "你们 我们 局里 咱 行政机关 机关 你 贵局 人社局 _",
                "对 没错 没毛病 没问题 合法 有理 没做错 正确 没违法 胜 占理 做得对 是对的",
            ),
            *_ways("判 裁", "你们 我们 局里 咱 贵局", "赢 胜诉"),
        ),
    ),
    Term(
        "corrected",
        "结果纠正",
        "结果纠正",
        (
            *_ways(
                "改了你们决定 改了决定 改变决定 变更决定 责令重作 确认违法 被改 改了你们的决定 纠正 "
                "结果纠正 被纠正 败诉 打输 输了 输的 输 撤销 改判 推翻 改过来 纠错"
            ),
            *_ways(
                "判 认定 判定 法院说 裁定 裁判 法院认为 判决 复议机关说",
                "你们 我们 局里 咱 行政机关 机关 你 贵局 人社局 _",
                "错 输 违法 不对 错了 有错 做错 败诉 不合法 没道理 有问题 理亏",
            ),
            *_ways("叫 让 责令 判 要", "你们 我们 局里 贵局", "重做 重新做 改 重办 重新办 重新答复 重新处理"),
            *("被撤销", "被推翻"),
        ),
    ),
    Term("other", "其他结果", "其他结果", _ways("撤诉 不了了之 和解 其他结果 其它结果 别的结果 另外结果 其他的结果")),
    Term(
        "pending",
        "尚未审结",
        "尚未审结",
        (
            *_ways(
                "没 没有 未 还没 还没有 尚未 尚没 仍未 还未",
                "审结 审完 判 判完 判下来 结案 审理完 审理完毕 结束 出结果 宣判 裁 裁决 断 审出 结 "
                "判决 审理结束 有结果",
            ),
            *_ways("尚未审结 未审结 在审 还在审 悬着 待审 未决 没结果 审理中 正在审理 还在审理 悬而未决 挂着 没了结"),
        ),
    ),
    TOTAL,
)
CASES = Term(
    "cases",
    "行政复议、行政诉讼",
    "行政复议和行政诉讼",
    _ways("案子 案件 案子数 案件数 复议诉讼 复议和诉讼 复议诉讼案件 复议与诉讼 争议案件 复议加诉讼 复议及诉讼"),
)
"""Derived: 行政复议 + 行政诉讼; the form prints no total over the groups."""


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
            Indicator(
                "f.site_news",
                "县政府网站发布新闻稿件",
                "条",
                (
                    *_ways("新闻稿件 网站新闻 新闻稿 稿子 稿件 新闻 网站 网站稿件 网上新闻 官网 政府网"),
                    *_ways(
                        "政府网 县政府网 县政府网上 政府网站 县政府网站 门户网站 县政府门户网站 政府门户网站 "
                        "新闻报道 网站动态 通稿"
                    ),
                    *_ways("新闻信息 新闻动态 网站信息 政府官网 政府网页"),
                ),
            ),
            Indicator(
                "f.key_area",
                "重点领域信息公开发布信息",
                "条",
                _ways("重点领域 重点领域信息 重点领域信息公开 重点领域公开 重点公开领域 重点方面 重点领域公开信息"),
            ),
            Indicator(
                "f.wechat",
                "微信公众号发布信息",
                "条",
                (
                    *_ways("公众号 微信 推文 微信公众号 公众号推文 公号 微信推文 推送 微信公号 公众平台"),
                    *_ways("wechat weixin gzh 公號 公众账号 公众帐号 微信号推文 微信图文 图文推送 微信端"),
                    *_ways("微信文章 公众号文章 微信信息 微信号 微信平台 公众号信息 微信推送 公众号推送 推文章"),
                ),
            ),
            Indicator(
                "f.video",
                "短视频",
                "个",
                (
                    *_ways("短视频 抖音 视频 抖音号 小视频 抖音短视频 短片 抖音视频 抖音作品 快手 视频号"),
                    *_ways("douyin tiktok 视频作品 短视频作品"),
                ),
            ),
            Indicator(
                "f.policy",
                "政策解读",
                "篇",
                _ways("政策解读 解读 解读材料 政策解读材料 解读稿 政策解读稿 解读稿件 解读文章 政策说明"),
            ),
            Indicator(
                "f.hotline",
                "12333热线接听",
                "个",
                (
                    *_ways("12333 热线 热线电话 12333热线 咨询热线 咨询电话 来电 接电话 接听电话 电话咨询"),
                    *_ways("接听 服务热线 电话 接线 热线来电 电话接听 群众来电 话务量 12333电话 接的电话"),
                ),
            ),
            Indicator(
                "f.petition_reply",
                "网民留言办理",
                "条",
                (
                    *_ways("网民留言 留言 网上留言 网友留言 群众留言 网络留言 留言回复 留言办理 留言答复"),
                    *_ways("留的言 留了言 留过言 留下的话 网上问政 网络问政 网民来信 网友问题 网民提问 网友提问"),
                    *_ways("百姓留言 回复留言 答复留言 办理留言 网民问题 网民在网上留言"),
                ),
            ),
            Indicator(
                "f.training",
                "培训",
                "场",
                _ways("培训 培训场次 业务培训 培训班 培训会 公开培训 政务公开培训 业务学习 培训次数"),
            ),
            Indicator(
                "f.info_fee",
                "信息处理费",
                "元",
                _ways("信息处理费 处理费 信息公开处理费 信息费 公开信息处理费"),
            ),
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


@lru_cache(maxsize=2)
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
