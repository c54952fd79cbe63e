"""Table four: 政府信息公开行政复议、行政诉讼情况."""

from __future__ import annotations

from collections.abc import Iterator

from storage.catalogue.cell import Cell
from storage.catalogue.table_three import TOTAL
from storage.catalogue.terms import BOTH, Term, ways

_SUE = "起诉 告 诉讼 打官司 上法院 告状 上诉 告到法院 去法院"
REMEDIES: tuple[Term, ...] = (
    Term(
        "review",
        "行政复议",
        "行政复议",
        ways("行政复议 复议 复议机关 复议案 复议案件 复议申请 行政复议案件 申请复议"),
    ),
    Term(
        "direct",
        "未经复议直接起诉",
        "未经复议直接起诉",
        (
            *ways(
                "没 没有 未 不 没走 没经 没经过 未经 未经过 不经 不经过 不走 没申请 跳过 绕过 没做 没搞 没去 未走",
                "行政复议 复议 过复议 走复议",
            ),
            *ways("没复议 未经复议 没走复议 不经复议 不复议 没经复议 没有复议", "就 直接 就直接", _SUE),
            *ways("直接 径直 径行 径", _SUE),
            *ways("直诉 直接告的 直接上法院告 直接去法院告 直接法院起诉"),
        ),
    ),
    Term(
        "after",
        "复议后起诉",
        "复议后起诉",
        (
            *ways(
                "复议后 复议完 复议完了 复议过后 复议之后 复议以后 复议不服 复议了 复议过 复议完又 复议后又",
                "_ 再 又 才 还 再去",
                _SUE,
            ),
            *ways("复议后 复议完 复议之后 复议以后 复议过 复议不服", "_ 再 又 还"),
            *ways("复议 复议完 复议完了 复议之后 复议过", "还不服 还是不服 仍不服 不服气", "_ 又 再", "_ 去", _SUE),
            *ways("先复议 经复议 经过复议 先复议后起诉 先复议后告 先复议再告 先复议再起诉 复议在先 走完复议"),
            *ways("复诉 复诉诸 复诉诸法院 走过复议 复议再起诉 复议再告 经复议后起诉 经过复议再起诉 复议完再"),
        ),
    ),
)
SUITS = Term(
    "suits",
    "行政诉讼",
    "行政诉讼",
    (
        *ways("行政诉讼 官司 起诉 诉讼 打官司 吃官司 告上法庭 被告 被起诉 法院 上法院 应诉 告上法院"),
        *ways("告到法院 对簿公堂 诉讼案 诉讼案件 行政诉讼案件 行政官司 上法庭 被人告 打了官司 告你们 告咱们"),
        *("告我们", "被诉", "告局里", "告官"),
        *ways(
            "不管 不论 不分 无论 甭管",
            "先没先复议 复没复议 是否先复议 是否复议 有没有复议 先不先复议 复议没复议 走没走复议",
        ),
    ),
)
"""Derived: 未经复议直接起诉 + 复议后起诉; the form prints no total over the two."""

RESULTS: tuple[Term, ...] = (
    Term(
        "upheld",
        "结果维持",
        "结果维持",
        (
            *ways("维持 结果维持 维持原判 胜诉 打赢 赢了 赢的 赢 被维持 维持的 胜了 没改 没变 驳回诉讼请求 驳回起诉"),
            *ways(
                "判 认定 判定 法院说 裁定 裁判 法院认为 判决 复议机关说",
                "你们 我们 局里 咱 行政机关 机关 你 贵局 人社局 _",
                "对 没错 没毛病 没问题 合法 有理 没做错 正确 没违法 胜 占理 做得对 是对的",
            ),
            *ways("判 裁", "你们 我们 局里 咱 贵局", "赢 胜诉"),
        ),
    ),
    Term(
        "corrected",
        "结果纠正",
        "结果纠正",
        (
            *ways(
                "改了你们决定 改了决定 改变决定 变更决定 责令重作 确认违法 被改 改了你们的决定 纠正 "
                "结果纠正 被纠正 败诉 打输 输了 输的 输 撤销 改判 推翻 改过来 纠错"
            ),
            *ways(
                "判 认定 判定 法院说 裁定 裁判 法院认为 判决 复议机关说",
                "你们 我们 局里 咱 行政机关 机关 你 贵局 人社局 _",
                "错 输 违法 不对 错了 有错 做错 败诉 不合法 没道理 有问题 理亏",
            ),
            *ways("叫 让 责令 判 要", "你们 我们 局里 贵局", "重做 重新做 改 重办 重新办 重新答复 重新处理"),
            *("被撤销", "被推翻", "告赢", "告赢了", "告赢的"),
        ),
    ),
    Term("other", "其他结果", "其他结果", ways("撤诉 不了了之 和解 其他结果 其它结果 别的结果 另外结果 其他的结果")),
    Term(
        "pending",
        "尚未审结",
        "尚未审结",
        (
            *ways(
                "没 没有 未 还没 还没有 尚未 尚没 仍未 还未",
                "审结 审完 判 判完 判下来 结案 审理完 审理完毕 结束 出结果 宣判 裁 裁决 断 审出 结 "
                "判决 审理结束 有结果",
            ),
            *ways("尚未审结 未审结 在审 还在审 悬着 待审 未决 没结果 审理中 正在审理 还在审理 悬而未决 挂着 没了结"),
            *("还没完", "还没完的"),
        ),
    ),
    TOTAL,
)
DECIDED_WORDS = ways("已审结 已经审结 审结 审结了 已审完 已结案 结了案 有了结果 已有结果 出了结果")
"""Whatever the result: all but 尚未审结; the form prints no column for it."""
CASES = Term(
    "cases",
    "行政复议、行政诉讼",
    "行政复议和行政诉讼",
    ways("案子 案件 案子数 案件数 复议诉讼 复议和诉讼 复议诉讼案件 复议与诉讼 争议案件 复议加诉讼 复议及诉讼"),
)
"""Derived: 行政复议 + 行政诉讼; the form prints no total over the groups."""


def cells() -> Iterator[Cell]:
    """Every cell of the table in every edition, in the order of the form."""
    for row in REMEDIES:
        for column in RESULTS:
            yield Cell(f"t4.{row.id}.{column.id}", "t4", row, column, "件", BOTH)
