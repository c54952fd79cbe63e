"""How much of a question is not understood, so that a figure is asked back instead of guessed."""

from __future__ import annotations

import re
from itertools import pairwise

from bot.qa import compose, periods, steepest
from bot.qa.clauses import SPEAKERS
from bot.qa.compose import Anchor
from bot.qa.lexicon import EXPECTED
from bot.qa.measures import DONE, not_done
from bot.qa.narrowing import described, light, narrowing
from bot.qa.query import Action, Query
from bot.qa.turn import CORE, MARKS, Turn
from storage import catalogue

_ACTED_ON = frozenset("给向把们我咱俺")
"""Before those on whom the agency acts or who speak, who are not applicants: 给企业开的处罚, 我们企业."""
LIMIT = 2.0
"""From so much on a figure is not given but asked back."""
_RATE = re.compile(r"率|岁|度|比值|人均|均价|排名|名单|名字|姓名|金额|时长")
_MAY = re.compile(r"能|可以|可否|允许|要不要|必须|应该|应当")
_PERSONS = ("人", "人次", "人数", "位")
_OTHER_UNITS = re.compile("(?:几|多少|好多)(?:批|卷|张票|张发票|页|户|桌|辆|课时|学时|节课|栋|亩|箱|车|届|轮|人头)")
"""What no cell counts by."""
_HOW_LONG = re.compile("(?:几|多少|好多)个?(?:工作)?(?:天|日|小时|分钟|月|周)(?!份)")
"""How long something takes is no count."""
_MONEY = ("钱", "元", "块", "万", "万元", "万块")
_HEADS = re.compile("(?:多少|几多|几|好多)(?:个|名|位|号)?人(?![民社工])")
_STAFF = re.compile(
    r"(?:科|股|室|中心)(?:里|里面)?(?:一共|总共|共|到底)?有?(?:多少|几|好多)(?:个|名|位)?人(?!申|来|提|递)|(?:领导|干部|人员|同志|职工|科长|股长|主任|局长|记者|专家|责任人|负责人|干警|队员)(?:一共|总共|共|都|到底|究竟)?有?(?:多少|几|好多)"
)
"""The number of staff, which no cell holds."""
_NAME = re.compile(
    r"叫(?:啥|什么|甚|何)|姓(?:啥|什么|甚|何)|哪[一个]?个?(?:机关|部门|法院|政府|领导)(?!.{0,6}[最多])|(?:申请人|当事人|原告|对方|负责人|承办人)(?:是|叫)谁|案号|文号|哪一?(?:篇|部|期|场)|被(?:访问|浏览|点击|打开|看)了?"
)
"""Asks who somebody is or what others did, which no cell holds: 不服复议的那几个人叫啥, 哪个机关作出的."""
_ONE_PERSON = re.compile("(?:同一个?|单个|一个)(?:人|单位|申请人)最多")
"""同一个人最多递了几件: applications are not counted by person."""
_WHO = re.compile("(?:哪些|哪几[家个])(?:单位|公司|企业|店|厂|商家|商户|部门|人家|个人)|点.{0,3}名(?!单)")
"""被处罚的都是哪些单位: the report counts what was done and names nobody."""
_THINGS = ("项", "个", "件", "家", "笔", "次", "种")
_PLAIN = frozenset(
    {
        "neutral",
        "applying",
        "year",
        "op",
        "quantity",
        "history",
        "self",
        "command",
        "hello",
        "thanks",
        "column3",
        "subject",
    }
)
_MORE = frozenset({"多收", "少收"})
"""How much was charged compared, no charge against the rules."""
_WHOLE = ("t3.new.", "f.", "t2.")
"""Figures that the form does not part by what people may add to them."""
_REASONS = frozenset(t.id for t in catalogue.OUTCOMES if t.group)
"""Rows that people describe in words of their own, of which some are always new."""
_JOINING = frozenset("和跟与及、加或,，。;；？?")
_GUESSING = 5
"""Characters beside the plain words of applying from which a guess at 本年新收 is asked back."""
_CHANGING = frozenset({"act", "channel"})
"""Kinds of words that change a count."""
_ROW_WORDS = frozenset({"补正", "补材料", "缴费", "交费", "逾期"})
"""Words of rows that are named by several words together."""


def doubt(turn: Turn, asked: Query) -> float:
    """The doubt of answering a question with a query; from `LIMIT` on the reply asks back."""
    found = _left_over(turn, asked) + _unused(turn)
    if _mismatched(turn, asked) or _mixed(turn) or _implied(turn, asked):
        found += LIMIT
    if turn.has("avg") and turn.has("growth"):
        found += LIMIT
    if (
        _undone(turn, asked)
        or _within(turn, asked)
        or (asked.action not in _OF_CHANGES and steepest.STEEPEST.search(turn.text))
        or _of_a_kind(turn, asked)
        or _excepted(turn, asked)
        or _dropped(turn, asked)
        or _negated(turn, asked)
        or _not_that(turn, asked)
        or narrowing(turn, asked)
    ):
        found += LIMIT
    return found


_COMPARING = frozenset({"max", "min", "rank", "compare", "diff", "growth", "avg", "sum", "series", *steepest.ACTIONS})


def _undone(turn: Turn, asked: Query) -> bool:
    """Whether an operation is named and not done: 占几成 without a part, 哪年 about something not understood."""
    if asked.action is Action.VALUE and turn.has("share", "diff") and not (turn.has("ratio") or turn.parts.excepting):
        return True
    if asked.action is Action.RANK and len(asked.items) == len(asked.years) == 1:
        return True
    if "占" in turn.text and asked.action in _BETWEEN_YEARS and len(asked.items) == 1:
        return True
    if asked.items[0][:3] in ("t3.", "t4.") and _LASTING.search(turn.text):
        return True
    if asked.action in (Action.MAXIMUM, Action.MINIMUM) and _THAN_THAT.search(turn.text):
        return True
    if turn.has("sum") and turn.has("diff") and len(SPANS.findall(turn.text)) > 1:
        return True
    if turn.has("bound", "outdo") and not (asked.bound and len(asked.items) == (1 if turn.has("bound") else 2)):
        return True
    if asked.action is Action.AVERAGE and _PER_OTHER.search(turn.text):
        return True
    if turn.years.vague or not turn.years.aside.isdisjoint(asked.years):
        return True
    if any("t3.done." in i and _OUTCOME.search(i) for i in asked.items if "+" in i):
        return True
    if not turn.has("which_year") or turn.has(*_COMPARING) or "quantity" in turn.kinds:
        return False
    return any(not (turn.aside(s, e) or turn.told(s)) for s, e in turn.left)


_BETWEEN_YEARS = frozenset({Action.DIFFERENCE, Action.GROWTH})
"""What a share of one year in another is not: 2022年占2021年的百分之几."""
_LASTING = re.compile(
    r"(?:超过|超出|不到|不足|多于|少于|超|满|拖了?)[\d一二两三四五六七八九十]+个?(?:工作日|天|日|月)(?!前)"
    r"|[\d一二两三四五六七八九十]+个?(?:工作日|天|日|月)(?:以上|以内|之内|内|以后|之后|后)"
)
"""How long something took, by which no cell counts: 答复超过十天的."""
_OUTCOME = re.compile(rf"t3\.(?:{'|'.join((*catalogue.GROUPS, 'granted', 'partial'))})\.")
"""What all that was handled holds already: the two are not added."""
_INSIDE = re.compile(r"的?(?:里头|里面|里边|当中|之中|其中|中间)")
_SAID = frozenset({"neutral", "subject", "applying", "self", "year", "command", "column2", "clue", "sign", "history"})


def _within(turn: Turn, asked: Query) -> bool:
    """Whether a part of what is named is asked for in words that name none: 不予公开的里头后来又公开的几件."""
    other = asked.items[0].startswith(("t3.", "t4.")) and turn.context.table in ("f", "t2")
    if other and periods.IN_THAT.match(turn.text):
        return True  # 这里面投诉的占几个 after the calls to a hotline
    if "里" not in turn.text and "中" not in turn.text:
        return False
    if turn.has("breakdown", "each", "share", "max", "min", "rank"):
        return False
    for anchor in turn.parts.anchors:
        inside = _INSIDE.match(turn.text, anchor.end) if anchor.end else None
        if inside is None:
            continue
        rest = [t for t in turn.tokens if t.start >= inside.end()]
        ends = [t.start for t in rest if t.kinds & {"quantity", "op"}]
        part = [t for t in rest if not ends or t.start < ends[0]]
        named = (*turn.parts.anchors, *turn.parts.columns3, *turn.parts.columns4, *turn.parts.columns2)
        if any(a.start >= inside.end() for a in named if a.end) or not ends:
            continue
        if any(len(t.text) > 1 and not t.kinds & _SAID for t in part):
            return True
    return False


_KIND = re.compile("[那这]一?[类种](?=申请|单位|机构|人)")


def _of_a_kind(turn: Turn, asked: Query) -> bool:
    """Whether a kind of applicants is named that no column has: 高校那类申请人."""
    ends = {m.start() for m in _KIND.finditer(turn.text)}
    if not ends or described(asked.items):
        return False
    return any(t.end in ends and len(t.text) > 1 and t.kinds <= _NO_COLUMN for t in turn.tokens)


_NO_COLUMN = frozenset({"fill", "cue", "neutral", "foreign", "topic"})


def _left_over(turn: Turn, asked: Query) -> float:
    """How much of the question is not understood.

    Beside a figure that the form does not part further, every stranger may narrow it. What stands right beside a
    measure may change what it means and weighs most; what stands before or after all that was understood weighs
    little, in a clause of its own nothing.
    """
    if not turn.left:
        return 0.0
    first, last = turn.core
    strict = asked.items[0].startswith(_WHOLE)
    own_words = all(i.startswith("t4.") or (i.startswith("t3.") and i.split(".")[1] in _REASONS) for i in asked.items)
    doubt = 0.0
    for start, end in turn.left:
        length = end - start
        if length == 1 and not own_words and _half_word(turn, start, end):
            length = 2
        rate = _RATE.match(turn.text, end) or _RATE.search(turn.text, start, end)
        if rate and not (turn.has("share") and turn.text[start:end] == "率"):
            doubt += LIMIT
        elif turn.aside(start, end) or turn.told(start):
            continue
        elif _beside(turn, start, end) or (strict and first < end <= last):
            doubt += 0.9 if length == 1 and not (_kind_of_applicant(turn, end) or _compound(turn, start)) else LIMIT
        elif length > 1 and not own_words:
            doubt += LIMIT
        elif end <= first or start >= last:
            doubt += (0.4 if strict and end <= first else 0.15) * length
        else:
            doubt += 0.5 * length
    return doubt


def _unused(turn: Turn) -> float:
    """Words that change a count (退回, 网上提的) or belong to a row not found (补正) weigh as much as strangers."""
    if turn.kinds.isdisjoint(_CHANGING) and turn.present.isdisjoint(_ROW_WORDS):
        return 0.0
    named = any(a.id != "new" for a in turn.parts.anchors)
    outcome = any(a.family == "t3" and a.id not in {"new", "done"} for a in turn.parts.anchors)
    outcome = outcome or bool(turn.parts.columns4)
    acted = turn.parts.subject or any(a.family in {"t2", "t3", "t4"} for a in turn.parts.anchors)
    for token in turn.tokens:
        kinds = token.kinds
        if turn.aside(token.start, token.end) or kinds & CORE:
            continue
        if ("act" in kinds and not outcome and not (token.text in _MORE and turn.has("compare", "diff"))) or (
            "channel" in kinds and acted
        ):
            return LIMIT
        if token.text in _ROW_WORDS and not named and kinds <= {"clue", "cue"}:
            return LIMIT
    return 0.0


def _mismatched(turn: Turn, asked: Query) -> bool:
    """Whether the question counts something else than the measure does: 培训了多少人, 罚了多少钱."""
    said = "".join(turn.words("quantity"))
    first = asked.items[0]
    if "人" in turn.text and _HEADS.search(turn.text) and not first.startswith(("t3.", "t4.", "x.")):
        return True
    if first.startswith("x."):
        return False
    if (
        _ONE_PERSON.search(turn.text)
        or _NAME.search(turn.text)
        or (not first.startswith("t3.") and _WHO.search(turn.text))
    ):
        return True
    if not said:
        return False
    if _OTHER_UNITS.search(turn.text) or (said.endswith("场") and first.startswith(("t2.", "t3."))):
        return True
    if len(turn.words("quantity")) == 1 and _HOW_LONG.search(turn.text):
        return True
    if said.endswith(_PERSONS) and not first.startswith(("t3.", "t4.")):
        return True
    if _STAFF.search(turn.text):
        return True
    if first == "t2.fee" and len(asked.items) == 1 and said.endswith(_THINGS) and not turn.has("percent", "growth"):
        return True
    return said.endswith(_MONEY) and first not in {"t2.fee", "f.info_fee"}


def _excepted(turn: Turn, asked: Query) -> bool:
    """Whether all that is asked for is named only to be left out: 除了不予公开以外的有多少."""
    if not _LEFT_OUT.search(turn.text):
        return False
    if compose.excepted(turn.parts.columns4, turn.text):
        return True
    out = compose.excepted(turn.parts.anchors, turn.text)
    kept = [i for i in asked.items if out.isdisjoint(i.split(".")) and i not in out]
    return bool(out) and (not kept or (len(kept) < len(asked.items) and not _BESIDES.search(turn.text)))


_OF_CHANGES = frozenset({Action.SERIES, *steepest.ACTIONS.values()})
"""What tells of changes from year to year, as 降得最多 asks."""
_THAN_THAT = re.compile("[比跟和](?:它|他|那|这|上|前|去|最).{0,6}[多少高低大小](?:了|出)?(?:多少|几)")
"""最少的那年比它少多少: a distance, and not which is the least."""
_PER_OTHER = re.compile("平均到?(?:每一?个?|一)(?!年|个?年|类|种|项|届|期|下|算|共|起|块)")
"""平均每个工作日, 平均每篇: no mean over years."""
SPANS = re.compile(r"\d\d年?(?:到|至|[-—~～])+(?:20)?\d\d")
"""2019—2021三年合计与2023—2025三年合计相差多少: sums of two spans are not compared."""
_BESIDES = re.compile("还有|也|另外|以及|再加")
_LEFT_OUT = re.compile("[除外抛撇刨不非剔去拿扣]")


def _dropped(turn: Turn, asked: Query) -> bool:
    """Whether the question names a kind of applicant, a result or a state that the query does not hold."""
    if not (turn.parts.columns3 or turn.parts.columns4 or turn.parts.columns2):
        return False
    said = ".".join((*asked.items, asked.whole)).replace("+", ".").split(".")
    if asked.items[0].startswith("t2.") and any(
        turn.text[c.start - 1 : c.start] in _TOWARDS for c in turn.parts.columns3
    ):
        return True
    columns3 = [c for c in turn.parts.columns3 if turn.text[max(0, c.start - 1) : c.start] not in _ACTED_ON]
    named = (*columns3, *turn.parts.columns4, *turn.parts.columns2)
    if not _ORGANISATIONS.isdisjoint(said):
        said = [*said, "orgs"]
    return any(c.id not in said and not turn.aside(c.start, c.end) and not _worked_at(turn, asked, c) for c in named)


def _worked_at(turn: Turn, asked: Query, column: Anchor) -> bool:
    """Whether a kind of applicant only says where somebody is, beside a question of another table: 我侄女在律所，……."""
    if asked.items[0].startswith(("t3.", "t4.")):
        return False
    clause = next((c for c in turn.clauses if c.start <= column.start < c.end), None)
    return clause is not None and not clause.asks and turn.text.startswith(SPEAKERS, clause.start)


_TOWARDS = frozenset("给对向")
"""给企业开的罚单: decisions are not counted by those whom they concern."""
_ORGANISATIONS = frozenset(catalogue.ORGANISATIONS)
_GENERAL = ("t3.new.", "t3.done.")
_NEGATIONS = frozenset({"没", "没有", "未", "不", "无"})


def _not_that(turn: Turn, asked: Query) -> bool:
    """Whether the question wants what is not the row or column that it names: 没被纠正的, 不是企业申请的."""
    if turn.present.isdisjoint(_NEGATIONS) and "非" not in turn.text:
        return False
    counts = "quantity" in turn.kinds or turn.has("share", "percent")
    if not counts and not turn.text.rstrip(MARKS).endswith(("呢", "的")):
        return False
    columns3 = () if turn.parts.excepting else turn.parts.columns3
    named = (*turn.parts.anchors, *columns3, *turn.parts.columns4)
    used = {part for item in asked.items for whole in item.split("+") for part in whole.split(".")}
    done = [a.start for a in named if a.end and a.id in used & DONE]
    if any(not a.end and a.id in used & DONE for a in named):
        done += [t.start for t in turn.tokens if "clue" in t.kinds and len(t.text) > 1]
    if any(not_done(turn, start) for start in done):
        return True
    return not used.isdisjoint(compose.negated(named, turn.text))


def _negated(turn: Turn, asked: Query) -> bool:
    """Whether the question wants what was not done of a figure that only counts what was: 留言没回的."""
    if turn.present.isdisjoint(_NEGATIONS):
        return False
    if asked.items[0].startswith(_GENERAL) and turn.has("share", "percent"):
        return any(t.text in _NEGATIONS and turn.core[0] <= t.start < turn.core[1] for t in turn.tokens)
    if not asked.items[0].startswith(("f.", "t2.")) or asked.items[0] == "f.info_fee" or turn.has("yesno"):
        return False
    return any(
        t.text in _NEGATIONS and not turn.aside(t.start, t.end) and turn.text[t.end : t.end + 1].strip(MARKS + "了吗么")
        for t in turn.tokens
    )


_APART = ({"t2", "t3"}, {"t2", "t4"}, {"f", "t3"}, {"f", "t2"})
"""Tables whose words do not qualify each other."""


def _disputed(turn: Turn, first: Anchor, second: Anchor) -> bool:
    """Whether an outcome of applications and a remedy narrow each other: 不予公开里后来被法院推翻的."""
    if {first.family, second.family} != {"t3", "t4"} or _LEADS.isdisjoint(turn.text[first.end : second.start]):
        return False
    return any(a.id in _REASONS or a.id in catalogue.GROUPS for a in (first, second))


_LEADS = frozenset("里中因后")


def _mixed(turn: Turn) -> bool:
    """Whether words of two tables qualify each other, as no cell does: 许可驳回了几件, 行政许可申请了多少件."""
    anchors = [a for a in turn.parts.anchors if a.end]
    if not anchors or turn.has("each", "sum", "versus", "compare", "share", "ratio", "diff"):
        return False
    if len(anchors) == 1:
        return anchors[0].id == "licence" and (
            "许可申请" in turn.text or any(t.text in ("申请", "申请了") for t in turn.tokens)
        )
    named = sorted((a for a in anchors if a.id != "cases"), key=lambda a: a.start)
    pairs = ((a, b) for a, b in pairwise(named) if {a.family, b.family} in _APART or _disputed(turn, a, b))
    return any(not set(turn.text[a.end : b.start]) & _JOINING for a, b in pairs)


_OPENED = re.compile(r"(?<!申请)(?<!申请信息)公开了?(?:多少|几)(?:件|起|个)")
"""What was disclosed of the applications is counted, not the applications."""
_WEAKLY = frozenset({"来申请", "提申请", "递申请", "提交申请", "递交申请", "递了申请"})
"""Words for 本年新收 that also stand within a longer description of some applications: 报上买得到还来申请的."""


def _implied(turn: Turn, asked: Query) -> bool:
    """Whether 本年新收 was only guessed from 申请 while the question says more than that."""
    if not all(i.startswith("t3.new.") for i in asked.items):
        return False
    if _OPENED.search(turn.text):
        return True
    named = [turn.text[a.start : a.end] for a in turn.parts.anchors if a.id == "new"]
    if any(word not in _WEAKLY for word in named):
        return False
    if len(turn.text) < 10 and turn.context.query is not None:
        return False
    if _MAY.search(turn.text) and not turn.years.said:
        return True
    strange = 0
    for token in turn.tokens:
        kinds = token.kinds
        if not kinds & _PLAIN and "row3" not in kinds and not (named and turn.before(token.start, token.end)):
            strange += 0 if turn.told(token.start) else len(token.text)
    strange += sum(end - start for start, end in turn.left if not turn.told(start))
    return strange > _GUESSING


_NAMES = frozenset({"外卖", "快递", "司机", "学校", "大学", "孩子", "老师", "朋友", "邻居", "镇", "村", "乡"})
"""Everyday words that with one more character are the name of something else: 外卖站."""


def _compound(turn: Turn, start: int) -> bool:
    """Whether a character continues an everyday noun to a word that is not known."""
    return any(t.end == start and t.text in _NAMES for t in turn.tokens)


def _half_word(turn: Turn, start: int, end: int) -> bool:
    """Whether a character and an everyday one beside it may be a word that is not known before applications: 匿+名."""
    if light(turn.text, start):
        return False
    for token in turn.tokens:
        if token.end >= start and token.start <= end and len(token.text) == 1 and token.kinds <= _IDLE:
            until = max(end, token.end)
            if token.text not in EXPECTED and any(
                t.start == until and ("subject" in t.kinds or t.kinds & {"row3", "row4", "row2"}) for t in turn.tokens
            ):
                return True
    return False


_IDLE = frozenset({"fill", "neutral", "applying", "cue", "clue", "sign", "act", "channel"})


def _kind_of_applicant(turn: Turn, end: int) -> bool:
    """Whether a stretch stands before a kind of applicant and narrows it, as no column does: 外贸企业."""
    return any(c.start == end for c in turn.parts.columns3 if c.end)


def _beside(turn: Turn, start: int, end: int) -> bool:
    """Whether a stretch touches a measure, 的 between them or not."""
    anchors = turn.parts.anchors
    if end < len(turn.text) and turn.text[end] in "的之":
        end += 1
    if start and turn.text[start - 1] in "的之":
        start -= 1
    if any(c.start == end for c in turn.parts.columns3 if c.end):
        return True
    return any(a.end == start or a.start == end for a in anchors if a.end)
