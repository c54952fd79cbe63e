"""The groups of outcomes in table three (第三部分 三、本年度办理结果), which print no subtotal."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from storage.catalogue.terms import Term, ways

NOT = (
    "没 没有 未 未予 不予 不 没给 不给 没让 不让 不肯 拒绝 不准 不许 不同意 没同意 "
    "不答应 没答应 不能 没能 没予 不愿 未获"
)
SEEN = "公开 看 查看 给看 公布 给公开 予以公开 给信息"

GROUPS: Mapping[str, Term] = MappingProxyType(
    {
        t.id: t
        for t in (
            Term(
                "refused",
                "（三）不予公开",
                "不予公开",
                (
                    *ways(NOT, SEEN),
                    *ways("没答应 不答应 没同意 不同意 没应允 不肯 拒绝 不愿", "给 给的 提供"),
                    *ways(
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
                ways("无法提供 提供不了 没法提供 不能提供 无法给 没法给 给不了 给不出 拿不出 没法儿提供 没办法提供"),
                article="第三十六、三十八条",
            ),
            Term(
                "unhandled",
                "（五）不予处理",
                "不予处理",
                ways(
                    "不予处理 不处理 没处理 不予理会 不受理 不予受理 没受理 未受理 不予办理 未予处理 推掉 "
                    "推掉了 推了 挡回去 打发 推出去 打发了"
                ),
                article="第三十五、三十九条",
            ),
            Term("other_all", "（六）其他处理", "其他处理", ("其他处理", "其它处理", "别的处理", "其他方式处理")),
        )
    }
)
