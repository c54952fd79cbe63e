"""A question put plainly before its words are read: spaces that part, years left half said, corrections in one breath.

Each of these reads as something else word by word.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise

from bot.qa.normalise import digits


def written(text: str, breaks: frozenset[int]) -> tuple[str, frozenset[int]]:
    """A normalised question put plainly, with the places where a space was typed."""
    if breaks:
        text, breaks = _with_marks(text, breaks)
    if _LAST_YEAR.search(text):
        text += "年"
    text = _ASIDE.sub("", _MONTH_OF_ISSUE.sub(r"\1", text))
    if "我" in text or "别" in text:
        text = _ASKED_FOR.sub("", text)
    if "[" in text or "(" in text:
        text = _BETWEEN.sub(r"\1年到\2年", text)
    if any(c in text for c in "己辛壬癸甲乙丙庚"):
        text = _SEXAGENARY.sub(lambda m: f"{_BRANCHES[m[1]]}年", text)
    if "五" in text:
        text = _YEAR_OF_PLAN.sub(_in_plan, text)
    if _WORKED_OUT.search(text):
        text = _formula(text)
    if "分母" in text:
        text = _BASE.sub(r"\2占\1的比例", text)
    if "不" in text and "年" in text:
        text = _NOT_THE_YEAR.sub("", text)
    if _CARRYING.search(text):
        text = _CARRIED_ON_TO.sub("结转到下一年", _CARRIED.sub(r"\1结转到下一年", _between_years(text)))
        text = _CARRIED_IN.sub("上年结转", text)
    return text, breaks


_ASKED = re.compile("多少|几|好多|若干")
_YEAR = re.compile(
    r"(?<![\d.第])(?:20(?:19|2\d)(?![\d.年])|(?:19|2\d)(?![\d.年])(?=$|多少|几[个件条篇次场份家起]"
    r"|[^件条个元页字次天日月号岁人家份起场篇万千百十名款类种倍成度块角时小秒周余来几%:/]))"
)
"""A number that may be the year of a report; of two digits only where it counts nothing."""


def _with_marks(text: str, breaks: frozenset[int]) -> tuple[str, frozenset[int]]:
    """What spaces say: 发证 25 is about the year, and a space between two questions parts them as a comma does."""
    bounds = {0, len(text), *breaks}
    years = (m for m in _YEAR.finditer(text) if {m.start(), m.end()} <= bounds and len(text) > len(m[0]))
    added = {m.end(): "年" for m in years}
    asked = [m.start() for m in _ASKED.finditer(text)]
    added |= {at: added.get(at, "") + "，" for at in breaks if asked and asked[0] < at <= asked[-1]}
    if not added:
        return text, breaks
    places = sorted(added)
    pieces = [text[start:end] + added.get(end, "") for start, end in pairwise((0, *places, len(text)))]
    if len(text) in added:
        pieces.pop()
    return "".join(pieces), _moved(breaks, added)


def _moved(breaks: Collection[int], added: dict[int, str]) -> frozenset[int]:
    """Where the spaces are once something was put in; one that became a comma is none any more."""
    kept = (at for at in breaks if "，" not in added.get(at, ""))
    return frozenset(at + sum(len(what) for place, what in added.items() if place <= at) for at in kept)


_LAST_YEAR = re.compile(r"^[\u4e00-\u9fffa-z]{2,6}(?<![第近前后约满共达超过表剩比到至和跟与、])(?:19|2\d)$")
"""推文22: two words as people type them into a search box."""
_ASIDE = re.compile(
    r"^(?:今天|今儿|今日)是?(?:礼拜|星期|周)[一二三四五六日天][，,。!！~]+"
    r"|^(?:请问|想问)?我?有?[两俩二](?:个|件|样)?(?:事|问题|数)?儿?(?:一起|一块|一次|一并|同时|一道)问?[:：，,]"
    r"|(?<=[年前种的])[，,]也?就是[^，,。;；?？]{2,16}(?:那年|那种|那类)(?=[，,])"
)
"""今天礼拜一，……; 五年前，就是我孙女出生那年，……: said beside the question."""
_ASKED_FOR = re.compile(
    r"[啊呀嘛，,。]*是?我?[\u4e00-\u9fff]{1,5}[叫让托]我来?(?:帮[她他忙]|替[她他])来?问(?:一下|问)?的?$"
    r"|[，,。!！]?可?(?:别|不要|甭)拿[^，,。;；]{1,12}(?:糊弄|忽悠|应付|充数|凑数|蒙)(?:我|人|事|老百姓)?"
)
"""我孙女叫我帮她问的; 别拿短视频的数糊弄我."""
_BETWEEN = re.compile(r"[\[(]((?:20)\d\d)[,，、]((?:20)\d\d)[\])](?:年)?的?(?:闭)?(?:区间|之间|范围)")
"""在[2019,2025]区间."""
_BRANCHES = {
    name: 2019 + n
    for n, name in enumerate(("己亥", "庚子", "辛丑", "壬寅", "癸卯", "甲辰", "乙巳", "丙午", "丁未", "戊申"))
}
_SEXAGENARY = re.compile(f"(?:岁次|岁在)?({'|'.join(_BRANCHES)})(?:之岁|岁|年)?")
"""庚子之岁, 乙巳年."""
_PLANS = {"十三五": 2016, "十四五": 2021, "十五五": 2026}
_YEAR_OF_PLAN = re.compile(
    r"(十[三四五]五)(?:规划)?(?:期间)?的?(头一|第?[一二三四五]|开局|首|起步|开头|收官|最后一|末|中期)的?之?[那这]?一?年"
)
"""十四五头一年, 十四五收官之年."""
_PLACES = {"头一": 0, "开局": 0, "首": 0, "起步": 0, "开头": 0, "中期": 2, "收官": 4, "最后一": 4, "末": 4}


def _in_plan(found: re.Match[str]) -> str:
    place = _PLACES[found[2]] if found[2] in _PLACES else "一二三四五".index(found[2][-1])
    return f"{_PLANS[found[1]] + place}年"


_WORKED_OUT = re.compile("率|÷|除以|分母|/")
_DEFINED = re.compile(
    r"(?:(?<=[的年度])|(?<![\u4e00-\u9fff]))[\u4e00-\u9fff]{2,5}?率[(（]([^()（）]*(?:占|÷|除以|/)[^()（）]*)[)）]"
)
"""公开率（予以公开与部分公开之和占办理总计）: what the rate is stands beside it."""
_DIVIDED = re.compile(
    r"(?:按照?|用|以|拿)?[“\"「]?([^，,。;；?？“”\"÷]{2,20}?)(?:÷|除以)[(（]?([^，,。;；?？“”\"()（）]{2,24})[)）]?[”\"」]?"
    r"(?:计算|来算|算|的口径)?(?:[，,](.{0,12}?)[\u4e00-\u9fff]{1,3}率(?=是|为|多少|有|$))?"
)
"""按“办结÷（新收＋上年结转）”计算，办结率为多少: a share in the words of a formula."""
_NUMERATOR = re.compile(r"分子(?:是|为|用|取)?([^，,。;；]{2,16}?)[，,。;；]分母(?:是|为|用|取)?([^，,。;；]{2,16})")
"""分子结果纠正，分母复议总计."""
_SLASH = re.compile(r"(?<=[\u4e00-\u9fff])/(?=(?:(?:20)?\d\d年?)?[\u4e00-\u9fff]{2})")
_RATE_BEFORE = re.compile(r"[\u4e00-\u9fff]{2}率[，,](?=分子)")
_DIVIDED_LAST = re.compile(
    r"^(?:再|那|拿它|用它)?(?:÷|除以)([^，,。;；?？]{2,16}?)(?=是?百分之|等于|得|是?多少|占比|$)"
)


def _formula(text: str) -> str:
    """A share that is asked for by how it is worked out, in the words in which others ask for one."""
    text = _DEFINED.sub(r"\1的比例", text)
    text = _NUMERATOR.sub(r"\1占\2的比例", _RATE_BEFORE.sub("", text))
    if "百分" in text or "比" in text or "ratio" in text:
        text = _SLASH.sub("÷", text)
    last = _DIVIDED_LAST.match(text)
    if last:
        return f"占{last[1]}{text[last.end() :]}"
    found = _DIVIDED.search(text)
    if found is None:
        return text
    part, whole = (re.sub("[+＋]", "加", found[n]) for n in (1, 2))
    return f"{text[: found.start()]}{found[3] or ''}{part}占{whole}的比例{text[found.end() :]}"


_BASE = re.compile(
    r"(?:以|用|拿|按)([^，,。;；?？]{2,24}?)(?:为|作为|作|做|当)分母[，,]?([^，,。;；?？]{2,30}?)(?:合计|一共)?的?(?:占比|比例|比重|百分比|占)"
)
"""以办结总数为分母，予以公开占比: what the share is of stands before what it is the share of."""
_NOT_THE_YEAR = re.compile(
    r"不[是要问](?:[去前今]年|大+前年|(?:20)?\d\d年?)的?[，,]?我?(?:要|问|说|想要|想问)?的?(?=是|(?:要|问|看)?(?:[去前今]年|大+前年|(?:20)?\d\d年))"
)
"""不是去年我要的是前年."""
_MONTH_OF_ISSUE = re.compile(
    r"(今年|去年|(?:20)?\d\d年)(?:[一二三四12345]月份?|年初|初|头)(?=[^，,。;；]{0,9}的(?:那份|这份|那个|最新)?(?:年报|年度报告|报告))"
)
"""今年一月份登出来的那份年报: the month says when a report came out, and narrows no figure of it."""
_CARRYING = re.compile("[转留拖推延接带移挪剩遗积欠]")
_CARRIED = re.compile(
    r"((?:\d\d|去|前)年.{0,6}?)(?:结转|转|留|拖|推|顺延)(?:到|至|给|入)(?:了)?(?:(?:20)?\d\d年度?|[去前今]年)"
)
"""2022年结转到2023年: the second year only says that it is the next."""
_CARRIED_ON_TO = re.compile(
    r"(?:结转|转|留|拖|推|顺延|移|挪|带|搁)(?:到|至|给|入)?了?(?:第二年|次年|隔年|翌年|来年|今年|下一?年度?(?!继续))"
)
_CARRIED_ON = re.compile(
    r"(\d\d年度?.{0,2}?)(?:往|向|到|给|至)(?:20)?\d\d年度?(?!上一?年)(?=.{0,3}(?:结转|转|留|拖|推|顺延|移))"
)
_CARRIED_FROM = re.compile(r"()从(?:20)?\d\d年度?(?=.{0,3}(?:结转|转|接|带|留|拖|移).{0,3}来)")
"""21年往22年结转, 22年从21年接过来."""
_CARRIED_UP = re.compile(
    r"(?:上|前|头|前面|之前|先前)一?年度?[^，,。;；?？]{0,10}?(?:结转|转|挪|拖|推|带|留|移|顺延)(?:到|至|进|入)(?:了)?((?:20)?\d\d年度?)(?:里|这边)?(?:来的?)?"
)
"""前一年没办完挪到2022年来: the row 上年结转 of the year that is named."""
_CARRIED_OVER = re.compile(
    r"从(?:20)?\d\d年度?.{0,4}?(?:结转|转|留|拖|带|挪|移)(?:到|至|给|入|进)了?((?:20)?\d\d年度?)(?=来|里|继续|接着|接)(?:来|里)?的?"
)
"""从2018年结转到2019年来接着办的: the row 上年结转 of the second year."""
_CARRIED_IN = re.compile(
    r"上一?年度?(?:结转|转|留|剩|遗留|积压|欠)(?:过来|下来|进来|来|下|进|入)(?:的老?单子?)?"
    r"|(?:接着|继续|接)(?:办理?|处理|做)(?:上|前|头)一?年度?(?:(?:没|未)(?:办完|办结|弄完|处理完)|留下|剩下|遗留)?的?"
)
"""上年结转过来: the row's own name; its 上年 is no year of the question."""


def _between_years(text: str) -> str:
    """A text in which one of two neighbouring years only says whence or whereto applications are carried."""
    carried = _CARRIED_UP.search(digits(text)) or _CARRIED_OVER.search(digits(text))
    if carried:
        return f"{text[: carried.start()]}{text[slice(*carried.span(1))]}上年结转{text[carried.end() :]}"
    for pattern, instead in ((_CARRIED_ON, "结转到下一年"), (_CARRIED_FROM, "从上年")):
        match = pattern.search(digits(text))
        if match:
            text = f"{text[: match.end(1)]}{instead}{text[match.end() :]}"
    return text
