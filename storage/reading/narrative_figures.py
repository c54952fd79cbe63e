"""Figures of the narrative: 新闻稿件97条 as label, value, unit and sentence.

A figure gets an indicator's id only where its own clause counts what the indicator counts, for the year of the report,
on that channel alone. A false mapping would be a wrong figure; a missing one leaves the figure under its own label.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from storage.facts import Figure
from storage.reading.labels import fold

_UNITS = (
    "余?(?P<unit>件次|人次|场次|万元|亿元|个百分点|百分点|余?条次|条|件|篇|则|次|场|"
    "期|部|份|宗|起|项|个|名|人|户|家|元|批|"
    "版|幅|集|辆|组|类|处|块|台|字|册|本|%|％|倍|分钟|小时)"
)
_DIGITS = r"(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?"
_HAN_DIGITS = "零〇一二两三四五六七八九十百千万"
_FIGURE = re.compile(
    rf"(?<![\d.A-Za-z〔\[第])(?P<number>{_DIGITS})\s*(?P<more>[余多])?\s*(?P<scale>万|千|亿)?(?P<more2>[余多])?\s*{_UNITS}"
    rf"|(?<![{_HAN_DIGITS}第每逐同另某任哪这那唯之统进])(?P<han>[{_HAN_DIGITS}]+)(?P<more3>[余多])?"
    r"(?P<han_unit>件次|人次|场次|条|件|篇|则|次|场|期|部|份|宗|起)(?!性|事|步|手|分|门|委|署|队|会)"
)
_CLAUSE = re.compile(r"[，,；;。：:！!？?]|、(?=[^、]*\d)")
_APPROXIMATE_BEFORE = re.compile(r"(?:约|近|超过?|逾|大约|将近|接近)(?:计|为|有)?\s*$")
_COMPARED = re.compile(
    r"同比|环比|比(?:去|上|前)年|较(?:去|上|前)年|比上一年|增长|"
    r"增加|减少|下降|提高|提升|去年|上年|占比?|超额|历年|"
    r"以来|截至目前累计|计划|拟|力争|目标|预计"
)
_OTHERS = re.compile(r"各(?:部门|单位|镇|乡|街道|科室|股室|县区|区县)|全(?:县|区|市|省)(?!政府)")
_SPAN = re.compile(
    r"[日月季周]均|每[一]?[天日周月季]|[一二三四1-4]季度|[上下]半年|[一二两三四五六七八九十]年来|近[一二两三四五六七八九十\d]+年|期间|多年|20\d\d年?[至到~—-]+20\d\d年"
)
"""A time other than the year of the report."""
_THIS_YEAR = re.compile(r"全年|本年|今年|年内|20\d\d年")
_YEAR = re.compile(r"(20\d\d)年")
_QUOTED = re.compile(r"《[^》]*》")
_ELSEWHERE = re.compile(
    r"下属|所属|直属|局属|基层单位|乡镇|医院|学校|融媒|上级|省厅|市局|采用|采纳|录用|被.{0,12}(?:刊|转|发)|指导"
)
"""Another body's channel, or what another body published."""
_SINCE = re.compile(r"截[至止]|开通|运行|成立")
_OTHER_CHANNELS = re.compile(r"微博|抖音|报纸|电视|广播|公开栏|今日头条|头条|客户端|APP|网站")


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a clause must and must not say for a figure to be an indicator's."""

    id: str
    says: re.Pattern[str]
    units: frozenset[str]
    never: re.Pattern[str]


def _meaning(id_: str, says: str, units: str, never: str) -> _Meaning:
    return _Meaning(id_, re.compile(says), frozenset(units.split()), re.compile(never))


_MEANINGS = (
    _meaning("f.info_fee", r"信息处理费", "元 万元", r"通知|减免|人|应收|退"),
    _meaning("f.hotline", r"12333", "件 个 件次 次 人次 通 起 条", r"办结|满意|其中|短信|12345|微信|网站"),
    _meaning(
        "f.petition_reply",
        r"(?:网民|网上|网友|群众网上|网络)留言",
        "条 件 次 件次",
        r"12345|12333|局长信箱|县长|市长|省长|人民网",
    ),
    _meaning("f.training", r"培训", "场 次 期 场次", r"人次|课时|参加|技能|职业|就业|创业|招聘|补贴"),
    _meaning("f.video", r"短视频", "条 个 部 期 则 件 次 篇", r"观看|播放|浏览|粉丝|点赞|转发|图文|图解|阅读"),
    _meaning(
        "f.policy",
        r"政策(?:文件|性文件|法规)?解读|解读(?:稿件|稿|材料|文件|信息|文章)|各类解读",
        "篇 条 件 个 则 次 期",
        r"短视频|图解|动漫|H5|微信|视频解读|解读视频|访谈|发布会|政策文件\d|转发|转载|上级",
    ),
    _meaning(
        "f.wechat",
        r"微信(?:公众号|公众平台|公号|订阅号)?|公众号",
        "条 篇 则",
        r"关注|粉丝|阅读|浏览|视频|点击|转发|留言|咨询|原创|开设|个账号|政策解读|解读",
    ),
    _meaning("f.key_area", r"重点领域", "条 篇 件", r"微信|公众号|微博|栏目|个"),
    _meaning(
        "f.site_news",
        r"新闻(?:稿件?|信息|类信息|类稿件|$)",
        "条 篇 则",
        r"微信|公众号|微博|抖音|头条|报|电视|省级|市级|国家级|媒体",
    ),
)
_VERB = re.compile(r"发布|推送|编发|刊发|推文|发文|信息|公开|更新")


def figures_in(sentence: str, section: int, year: int | None = None) -> Iterator[Figure]:
    """Every figure with a unit in a sentence; `year` is the report's, where it is known."""
    flat = unicodedata.normalize("NFKC", sentence)
    previous = 0
    for hit in _FIGURE.finditer(flat):
        read = _value(hit)
        if read is None:
            continue
        value, unit, raw = read
        before, after = _clause(flat, previous, hit.start(), hit.end())
        approximate = (
            bool(hit.group("more") or hit.group("more2") or hit.group("more3") or _APPROXIMATE_BEFORE.search(before))
            or flat[hit.start("unit" if hit.group("unit") else "han_unit") - 1] in "余多"
        )
        label = _label(before, after)
        previous = hit.end()
        if not label:
            continue
        found = _indicator(before, after, flat[: hit.start()], unit) if _of_year(before, flat, hit, year) else None
        yield Figure(found, label, value, unit, sentence, approximate, raw, section)


def _of_year(before: str, text: str, hit: re.Match[str], year: int | None) -> bool:
    """Whether the figure is of the whole year of the report, as far as its sentence tells."""
    lead = _QUOTED.sub("", text[: hit.start()])
    named = _YEAR.findall(lead)
    if year is not None and named and int(named[-1]) != year:
        return False
    clauses = [c for c in _CLAUSE.split(lead) if c.strip()]
    near = before if _THIS_YEAR.search(before) else "".join(clauses[-2:])
    if _SPAN.search(near) or _SPAN.search(before):
        return False
    return "累计" not in before or _THIS_YEAR.search(lead) is not None


def _value(hit: re.Match[str]) -> tuple[Decimal, str, str] | None:
    if hit.group("han"):
        number = han_number(hit.group("han"))
        return None if number is None else (Decimal(number), hit.group("han_unit"), hit.group("han"))
    value = Decimal(re.sub("[,，]", "", hit.group("number")))
    unit = hit.group("unit")
    scale = {"万": 10_000, "千": 1_000, "亿": 100_000_000}.get(hit.group("scale") or "", 1)
    if unit in ("万元", "亿元"):
        scale, unit = (10_000 if unit == "万元" else 100_000_000), "元"
    raw = hit.group().strip()
    total = value * scale
    return total.to_integral_value() if total == total.to_integral_value() else total, unit, raw


def _clause(text: str, previous: int, start: int, end: int) -> tuple[str, str]:
    """The words of the figure's own clause before and after it."""
    breaks = [m.end() for m in _CLAUSE.finditer(text[:start])]
    begin = max([*breaks, previous, 0])
    rest = text[end:]
    stop = re.search(r"[，,；;。：:！!？?、)]|\d", rest)
    return text[begin:start].strip(), (rest[: stop.start()] if stop else rest).strip()


def _label(before: str, after: str) -> str:
    head = re.sub(r"^(?:其中|分别为|并|共|同时|以及|和|全年|本年度?|20\d\d年度?)[,，:：]?", "", before)
    head = _APPROXIMATE_BEFORE.sub("", head)
    head = re.sub(r"(?:共计?|累计|合计|总计|为|是|达到?|有|了|约|近|超过?)$", "", head)
    return (head + after).strip("、，,。；;（）()")


def _indicator(before: str, after: str, lead: str, unit: str) -> str | None:
    """The indicator that the clause counts, if it counts exactly one."""
    own = fold(before + after)
    if _COMPARED.search(own) or _OTHERS.search(own) or (_SINCE.search(lead) and "累计" in own):
        return None
    fits = [m.id for m in _MEANINGS if unit in m.units and m.says.search(own) and not m.never.search(own)]
    fits = [i for i in fits if _channel_fits(i, own, fold(lead))]
    return fits[0] if len(fits) == 1 else None


def _channel_fits(indicator: str, own: str, lead: str) -> bool:
    """Whether the figure is of that channel alone and of the whole year."""
    if indicator == "f.wechat":
        copied = "转载" in own and "发布" not in own
        return _VERB.search(own) is not None and not (_OTHER_CHANNELS.search(own) or _ELSEWHERE.search(own) or copied)
    if indicator == "f.site_news":
        return "网站" in lead or "门户" in lead
    return True


def han_number(text: str) -> int | None:
    """A number in Chinese numerals below one hundred million: 两 -> 2, 一百零三 -> 103; `None` if it is none."""
    digits = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
    if all(c in digits for c in text):
        return int("".join(str(digits[c]) for c in text)) if len(text) == 1 else None
    total = section = number = 0
    for char in text:
        if char in digits:
            number = digits[char]
        elif char == "万":
            total += (section + number) * 10_000
            section = number = 0
        else:
            section += (number or 1) * {"十": 10, "百": 100, "千": 1_000}[char]
            number = 0
    return total + section + number
