"""Which outcome a description means: 要本年鉴也来填申请表的 is 要求提供公开出版物, though no word names the row.

Citizens tell what happened and not what the form calls it. Each row of table three has words that hint at it; they
count only where the question is about what became of applications, and the row with clearly most of them wins.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from bot.qa.lexicon import Token
from storage import catalogue

_DISPOSED = re.compile(
    r"(?:没|不|未)(?:有|能|肯|让|予|再)?(?:给|让|办|管|理|搭理|处理|答应|批|同意|公开|看|受理|回应|当回事)"
    r"|卡[着住下]|挡|打发|拒|驳|回绝|退|推掉|推了|理由|原因|为由|因为|由于|说是|嫌|怕|[这那此同]一?[类种样]|之类|情形"
    r"|一类|类的|算作?|归[到入为]|属于?|也来|还来|都来|来要|填申请|递申请|答复|回复|告诉"
)
"""What says that the question is about what became of applications and why."""
_REASONED = re.compile(
    r"(?:因为|由于|说是|借口|嫌|怕|理由是|原因是|以)(.{2,12}?)"
    r"(?:为由|所以|而|就|才|，|,|没|不|拒|未)"
)
_LACKING = frozenset("没未")
"""没盖章 tells of what was not there, and hints at no row of those who wanted it."""
_CONTEXT = 0.5
_OWN_GROUP = 0.3
_ENOUGH = 1.0
_CLEARLY = 0.3
_GROUP_OF = {t.id: t.group for t in catalogue.OUTCOMES}


@lru_cache(maxsize=4096)
def _strength(word: str) -> float:
    """How much a word says by its length: 书 little, 翻来覆去 much."""
    return {1: 0.4, 2: 0.7}.get(len(word), 1.0)


def rows(tokens: Sequence[Token], text: str, groups: Sequence[str]) -> list[str]:
    """The row that the hints mean, the rows that they do not decide between, or none.

    Args:
        tokens: the cut question.
        text: the normalised question.
        groups: 不予公开 and the like, where the question names them.
    """
    found: dict[str, float] = defaultdict(float)
    for token in tokens:
        if "sign" in token.kinds and text[token.start - 1 : token.start] not in _LACKING:
            senses = {s.id for s in token.senses if s.kind == "sign"}
            for row in senses:
                found[row] += _strength(token.text) / len(senses)
    if not found:
        return []
    context = _CONTEXT if groups or _DISPOSED.search(text) else 0.0
    scores = {r: s + context + (_OWN_GROUP if _GROUP_OF[r] in groups else 0.0) for r, s in found.items()}
    best = max(scores.values())
    if best < _ENOUGH:
        return []
    return [r for r, s in scores.items() if s > best - _CLEARLY]


def unread_reason(text: str) -> bool:
    """Whether a reason is given in words, as in 说是内部文件不给公开."""
    return _REASONED.search(text) is not None
