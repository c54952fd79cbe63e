"""The wording of every reply that is not a figure: help, refusals, rules, questions back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.qa import fees, outside, query, rules, wording
from bot.qa.query import Query
from bot.qa.types import Kind, Reply
from storage.facts import AgencyFacts


@dataclass(frozen=True, slots=True)
class Contacts:
    """The bureau's own contact data (条例第十二条), out of the settings; what is empty is not said."""

    office: str = ""
    address: str = ""
    hours: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""
    website: str = ""

    def lines(self) -> str:
        """One line for each that is known."""
        named = (
            ("受理机构", self.office),
            ("办公地址", self.address),
            ("办公时间", self.hours),
            ("联系电话", self.phone),
            ("传真", self.fax),
            ("电子邮箱", self.email),
            ("网址", self.website),
        )
        return "\n".join(f"{name}：{value}" for name, value in named if value)


EXAMPLES = ("公众号发了多少条信息", "收到多少件信息公开申请", "不予公开的有多少件", "怎么申请公开政府信息")


def _span(years: Sequence[int]) -> str:
    return f"{years[0]}年至{years[-1]}年" if len(years) > 1 else f"{years[0]}年"


def guide(facts: AgencyFacts, years: Sequence[int], *, lead: str = "您好！") -> Reply:
    """What can be asked; before a report is loaded, the rules alone."""
    if not years:
        text = f"{lead}年度报告还没有载入，数字暂时查不到。可以先问怎么申请公开、多久答复、收不收费、不服怎么办。"
        return Reply(Kind.GUIDE, text, suggestions=(EXAMPLES[-1], "申请以后多久答复"), topic="guide")
    text = (
        f"{lead}这里可以查{facts.name}{_span(years)}的政府信息公开工作年度报告，例如：\n"
        "· 网站新闻、公众号、短视频、政策解读发了多少\n"
        "· 收到多少件信息公开申请，公开了多少，不予公开多少\n"
        "· 行政许可、行政处罚、收费、规范性文件的数\n"
        "· 行政复议、行政诉讼的结果\n"
        "· 存在的主要问题和改进措施\n"
        "也可以问怎么申请公开、多久答复、收不收费、不服怎么办。直接说年份和想查的内容就行。"
    )
    return Reply(Kind.GUIDE, text, suggestions=EXAMPLES, topic="guide")


def thanks() -> Reply:
    """The answer to thanks or a goodbye."""
    return Reply(Kind.GUIDE, "不客气，有需要随时再问。", suggestions=EXAMPLES[:2], topic="guide.thanks")


def insult() -> Reply:
    """A calm answer."""
    text = "给您带来不便，很抱歉。您可以直接说想查哪一年的哪个数，我查给您；要反映问题，可以问“向谁投诉”。"
    return Reply(Kind.GUIDE, text, suggestions=("信息公开不到位向谁投诉", EXAMPLES[0]), topic="guide.insult")


def injection() -> Reply:
    """Orders are not followed."""
    text = "这里只回答政府信息公开方面的问题，数字都出自已公布的年度报告，不能改、也不能编。请说想查哪一年的哪一项。"
    return Reply(Kind.NONE, text, suggestions=EXAMPLES[:2], topic="out.injection")


def rule(found: rules.Rule, contacts: Contacts | None, question: str = "", book: rules.Book | None = None) -> Reply:
    """A rule of disclosure with its source, worked out for the number of the question where it has one."""
    text = fees.worked(found.id, question) + found.text
    if found.contacts:
        ways = contacts.lines() if contacts else ""
        if found.id == "contact" and not ways:
            text = "本账号还没有登记本机关的联系方式，请看本局公布的政府信息公开指南。"
            return Reply(Kind.NONE, text, suggestions=("公开指南里有什么",), topic="rule.contact")
        text += f"\n{ways}" if ways else "\n受理机构的地址、电话请看本局公布的政府信息公开指南。"
    text += f"\n{rules.sentence(found)}"
    known = (book or rules.bundled()).rules
    off = book.off if book else frozenset[str]()
    more = tuple(known[m].asks[0] for m in found.more if m not in off)
    return Reply(Kind.ANSWER, text, suggestions=more, topic=f"rule.{found.id}")


def rule_off(found: rules.Rule, contacts: Contacts | None) -> Reply:
    """A rule that the desk took off: nothing is said in its place."""
    text = f"“{found.title}”这一条正在核对，暂时不能答复，请向本机关政府信息公开工作机构咨询。"
    ways = contacts.lines() if contacts else ""
    return Reply(Kind.NONE, f"{text}\n{ways}" if ways else text, topic=f"rule.{found.id}")


def topic(id_: str, near: Query | None, facts: AgencyFacts) -> Reply:
    """A topic outside, with where to turn."""
    found = outside.topics()[id_]
    text = f"政府信息公开年度报告里没有{found.name}，这里查不到。{found.pointer}"
    return Reply(Kind.NONE, text, suggestions=_near(near) or EXAMPLES[:2], topic=f"out.{id_}")


def finer(word: str, near: Query | None, facts: AgencyFacts) -> Reply:
    """Months and quarters."""
    text = "年度报告只有全年的数，没有按月、按季度或者按天的数，所以查不到。可以改问全年。"
    return Reply(Kind.NONE, text, suggestions=_near(near), topic="out.month")


def foreign(word: str, near: Query | None, facts: AgencyFacts) -> Reply:
    """Something that the form does not count."""
    text = f"年度报告没有统计“{word}”，这里没有这个数。"
    if near is not None:
        text += f"相近的是“{query.name(near.items[0])}”。"
    return Reply(Kind.NONE, text, suggestions=_near(near) or EXAMPLES[:2], topic=f"out.foreign.{word}")


def agency(word: str, near: Query | None, facts: AgencyFacts) -> Reply:
    """Another agency or place."""
    text = f"这里只有{facts.name}的年度报告，没有“{word}”的数。请查该单位公布的年度报告。"
    return Reply(Kind.NONE, text, suggestions=_near(near), topic="out.agency")


def unit(word: str, near: Query | None, facts: AgencyFacts) -> Reply:
    """A part of the agency."""
    text = f"年度报告按全局统计，没有“{word}”单独的数。"
    return Reply(Kind.NONE, text, suggestions=_near(near), topic="out.unit")


def why(near: Query, year: int) -> Reply:
    """Reasons that reports do not give."""
    text = (
        "年度报告只列数字，没有写这个数为什么是这样、为什么变化，所以说不了原因。"
        "可以看报告里“存在的主要问题”和“改进措施”的原文。"
    )
    suggestions = (f"{year}年年报的存在的主要问题", f"{year}年年报的改进措施")
    return Reply(Kind.NONE, text, suggestions=suggestions, topic="out.why")


def unsure(near: Query, left: str) -> Reply:
    """A part of the question was not understood: ask back instead of giving a figure."""
    choices = _near(near)
    text = f"没有完全听懂（“{left}”）。" if left else ""
    text += "年度报告里可能没有您说的这个口径。您要问的是下面的吗？"
    return Reply(Kind.CHOICE, text, suggestions=choices, topic="choice.unsure")


def which(items: Sequence[str], year: int) -> Reply:
    """A year and a unit, but nothing that is counted: what it may be."""
    choices = tuple(f"{year}年{wording.question(i)}" for i in items)
    text = f"您问的是{year}年的哪一项？"
    return Reply(Kind.CHOICE, text, suggestions=choices, topic="choice.which")


def no_year(asked: Sequence[int], years: Sequence[int]) -> Reply:
    """A year without a report, whatever was asked of it."""
    held = f"目前可以查{wording.years_text(years)}的年度报告。" if years else "目前还没有载入年度报告。"
    text = f"{wording.years_text(asked)}的年度报告没有载入，查不到。{held}"
    return Reply(Kind.NONE, text, suggestions=EXAMPLES[:2], topic="year")


def year_of(asked: Query, focus: int, years: Sequence[int]) -> Reply:
    """Of which years the last answer was; `focus` is the one that it ended on."""
    spoken = wording.years_text(asked.years)
    text = f"刚才说的“{query.name(asked.items[0])}”，是{spoken}的。"
    if focus and len(asked.years) > 1:
        text = f"刚才比的是{spoken}的“{query.name(asked.items[0])}”，得出的是{focus}年。"
    if asked.assumed:
        text += "您没有说年份，我按已经公布的最近一份年度报告答的。"
    others = [y for y in reversed(years) if y not in asked.years][:2]
    if others:
        text += f"{wording.years_text(others)}的也可以查，直接说年份就行。"
    suggestions = tuple(f"{y}年{wording.question(asked.items[0])}" for y in others if "+" not in asked.items[0])
    return Reply(Kind.ANSWER, text, suggestions=suggestions, topic="spoken")


UNCLEAR = "unclear"
"""The topic of a question that was not understood."""


def unclear() -> Reply:
    """Nothing was understood."""
    text = (
        "没有听懂您要查什么。年度报告里有：网站新闻、公众号等发布数，信息公开申请的收到和办理，行政许可、处罚、收费和规范性文件，"
        "行政复议和诉讼，存在的问题和改进措施。请说年份和想查的内容。"
    )
    return Reply(Kind.NONE, text, suggestions=EXAMPLES, topic=UNCLEAR)


def _near(near: Query | None) -> tuple[str, ...]:
    if near is None or not near.years:
        return ()
    return tuple(f"{near.years[-1]}年{wording.question(i)}" for i in near.items[:3] if "+" not in i)
