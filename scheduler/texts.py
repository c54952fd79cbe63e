"""What staff read from the watch: reminders and digests, in Chinese.

The wording claims what the basis carries and no more: an item is 超过20个工作日尚未公开, a column N个月未更新, an
account 政务新媒体2周未更新, a report 逾期未公布. A rule attaches to information that exists, so that a silent column is
asked about, not judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from scheduler.alerts import Stage
from storage.cases import STATUS_NAMES, CaseLine, Status
from storage.publishing.types import STATE_NAMES, Duty, Kind, State, Unit
from storage.review.deadlines import Waiting
from storage.review.steps import STEP_NAMES
from storage.taps import TAP_NAMES, TapAction

_ACCOUNT_WORDS = ("公众号", "微信", "新媒体", "微博")
_NEWS_WORDS = ("动态", "要闻", "新闻")


def lateness(duty: Duty) -> str:
    """What may be said of an obligation that is overdue."""
    if duty.kind is Kind.CYCLE:
        return _silence(duty)
    if duty.kind is Kind.WITHIN:
        return f"超过{duty.period.count}{duty.period.unit}尚未公开"
    if "年度报告" in duty.title or "年报" in duty.column:
        return "逾期未公布年度报告"
    return "超过规定日期尚未公布"


def _silence(duty: Duty) -> str:
    count, unit = duty.period.count, duty.period.unit
    span = "2周" if unit is Unit.DAYS and count == 14 else f"{count}{unit}"
    if any(word in duty.column for word in _ACCOUNT_WORDS):
        return f"政务新媒体{span}未更新"
    if any(word in duty.column for word in _NEWS_WORDS):
        return f"动态要闻类栏目{span}未更新"
    return f"栏目{span}未更新"


def distance(due: date, today: date) -> str:
    """How far a due day is."""
    days = (today - due).days
    if days > 0:
        return f"已逾期{days}天"
    return f"还有{-days}天到期" if days else "今天到期"


_HEADS = {
    Stage.SOON: "公开提醒",
    Stage.TODAY: "今日到期",
    Stage.OVERDUE: "逾期提醒",
    Stage.SUPERVISOR: "逾期督办",
    Stage.HEAD: "严重逾期",
}
_TO_DO = {Kind.CYCLE: "更新该栏目", Kind.WITHIN: "完成审核并公开", Kind.FIXED: "公布"}


def subject(stage: Stage, duty: Duty, due: date, today: date) -> str:
    """The first line of a reminder."""
    far = "" if stage is Stage.TODAY and due == today else f"（{distance(due, today)}）"
    return f"【{_HEADS.get(stage, '公开提醒')}】{duty.title}{far}"


def next_step(duty: Duty, due: date, today: date, *, linked: bool) -> str:
    """What to do now; what there is nothing to publish for is not asked to be made up."""
    step = f"请{'尽快' if today > due else '在期限前'}{_TO_DO[duty.kind]}"
    if duty.kind is Kind.CYCLE:
        return f"{step}；确无可公开信息的，请说明情况，由监督人核实后办结。"
    if duty.period.unit is Unit.WINDOW:
        step += "；本期确无应公布内容的，请说明情况，由监督人核实后办结"
    how = "点下面的“已发布”登记" if linked else "登记链接"
    return f"{step}；已经公开的，请{how}。"


def reminder(
    stage: Stage,
    duty: Duty,
    due: date,
    today: date,
    *,
    case_id: int,
    links: Mapping[TapAction, str],
    told: Sequence[str] = (),
    extended_until: date | None = None,
) -> str:
    """A reminder: what, where, on which basis, how late, what to do, who else is told, and the links to say so."""
    lines = [f"事项：{duty.title}（{duty.code}）", f"栏目：{duty.column}"]
    if duty.basis:
        lines.append(f"依据：{duty.basis}")
    if today > due:
        lines.append(f"情况：{lateness(duty)}")
    lines.append(f"期限：{due:%Y年%-m月%-d日}（{distance(due, today)}）")
    if extended_until is not None:
        lines.append(f"经批准延期至：{extended_until:%Y年%-m月%-d日}（法定期限不变）")
    lines.append(f"下一步：{next_step(duty, due, today, linked=bool(links))}")
    if len(told) > 1:
        lines.append(f"本提醒同时发给：{'、'.join(told)}。")
    lines += [f"{TAP_NAMES[action]}：{link}" for action, link in links.items()]
    lines.append(f"也可在公众号回复“收到 {case_id}”“已发布 {case_id} 链接”或“延期 {case_id} 日期 原因”。")
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Proof:
    """Proof that the watch was kept since the last digest.

    Attributes:
        runs: checks that were done.
        failed: checks that failed.
        obligations: how many obligations the last check looked at.
        sources: how many sources there are.
        reached: how many of them were reached.
        unknown: how many obligations could not be judged.
    """

    runs: int
    failed: int
    obligations: int
    sources: int
    reached: int
    unknown: int


def proof_line(proof: Proof) -> str:
    """The first line of each digest."""
    if not proof.runs:
        return "⚠ 监测提示：自上次汇总以来没有完成过检查，以下内容可能不是最新的，请联系运维。"
    whole = not proof.failed and proof.reached == proof.sources and not proof.unknown
    head = "监测正常" if whole else "⚠ 监测不完整"
    parts = [f"{head}：完成检查{proof.runs}次", f"覆盖公开义务{proof.obligations}项"]
    if proof.sources:
        parts.append(f"信息来源{proof.sources}个，读到{proof.reached}个")
    line = "，".join(parts) + "。"
    if proof.failed:
        line += f"另有{proof.failed}次检查失败。"
    if proof.reached < proof.sources:
        line += f"有{proof.sources - proof.reached}个来源未能读到，相关栏目暂不判断。"
    if proof.unknown:
        line += f"有{proof.unknown}项因缺少放假通知无法计算。"
    return line


def case_line(line: CaseLine, today: date, owner: str = "") -> str:
    """One case in a list; `owner` where the reader is somebody else."""
    case = line.case
    notes = [owner] if owner else []
    if case.status == Status.SNOOZED:
        notes.append(f"暂缓至{case.snoozed_until:%-m月%-d日}")
    elif case.status == Status.ACKNOWLEDGED:
        notes.append(STATUS_NAMES[Status.ACKNOWLEDGED])
    if case.extended_until:
        notes.append(f"延期至{case.extended_until:%-m月%-d日}")
    note = f"（{'，'.join(notes)}）" if notes else ""
    return f"{case.id}. {line.obligation.title}：{distance(case.due_on, today)}{note}"


def digest(
    proof: Proof,
    reader: int | None,
    names: Mapping[int | None, str],
    open_cases: Sequence[CaseLine],
    closed: Sequence[CaseLine],
    today: date,
) -> str:
    """A person's day: proof of the watch, what is late, what falls due, what was settled.

    Args:
        proof: see `Proof`.
        reader: whose it is; cases of others carry their owner's name.
        names: everybody's.
        open_cases: the most pressing first.
        closed: since the digest before.
        today: the day.
    """
    late = [c for c in open_cases if c.case.due_on < today]
    soon = [c for c in open_cases if c.case.due_on >= today]
    owners = {k: "" if k == reader else v for k, v in names.items()}
    lines = [proof_line(proof), f"{names.get(reader, '')}，{today:%-m月%-d日}的公开待办："]
    for title, group in (("逾期", late), ("即将到期", soon)):
        if group:
            lines.append(f"{title}{len(group)}项：")
            lines += [case_line(c, today, owners.get(c.obligation.owner_id, "")) for c in group[:30]]
            if len(group) > 30:
                lines.append(f"……其余{len(group) - 30}项请在后台查看。")
    if not open_cases:
        lines.append("没有待办事项。")
    if closed:
        lines.append(f"新办结{len(closed)}项：")
        lines += [f"{c.obligation.title}（{_settled(c)}）" for c in closed[:10]]
    return "\n".join(lines)


def _settled(line: CaseLine) -> str:
    late = line.case.days_late
    if late is None:
        return "已撤销"
    return f"逾期{late}天" if late else "按时"


def weekly(
    proof: Proof,
    counts: Mapping[State, int],
    names: Mapping[int | None, str],
    late: Sequence[CaseLine],
    closed: Sequence[CaseLine],
    today: date,
) -> str:
    """The head's week: proof of the watch, the figures, the worst cases with their owners' names."""
    on_time = sum(1 for c in closed if c.case.days_late == 0)
    lines = [proof_line(proof), f"截至{today:%Y年%-m月%-d日}，公开义务情况："]
    lines.append("，".join(f"{STATE_NAMES[s]}{n}项" for s, n in counts.items() if n) + "。")
    lines.append(f"近7天办结{len(closed)}项，其中按时{on_time}项。")
    if late:
        lines.append("逾期时间最长的事项：")
        lines += [case_line(c, today, names.get(c.obligation.owner_id, "")) for c in late[:10]]
    else:
        lines.append("目前没有逾期事项。")
    return "\n".join(lines)


def _past(due: date, today: date) -> str:
    days = (today - due).days
    return f"已超过{days}天" if days else "今天到期"


def review_late(step: Waiting, name: str, today: date, base_url: str | None) -> tuple[str, str]:
    """A step of review that is due or overdue: subject and text to somebody who may sign it."""
    title, what = step.item.title, STEP_NAMES[step.step]
    link = f"{base_url.rstrip('/')}/desk/review" if base_url else "政务公开工作台的“审核”栏目"
    subject = f"【审核{'逾期' if step.due < today else '到期'}】{title}"
    body = (
        f"{name}：{title}于{step.since:%-m月%-d日}转到{what}，应在{step.due:%-m月%-d日}前签字，"
        f"{_past(step.due, today)}。请打开{link}审阅，签字或者写明原因退回。"
    )
    return subject, body


def review_unreached(step: Waiting, today: date) -> tuple[str, str]:
    """The same to the operators, where nobody who may sign can be told."""
    what = STEP_NAMES[step.step]
    names = "、".join(m.name for m in step.signers)
    why = (
        f"可以签的人（{names}）没有登记通知渠道，请在“督办—人员与渠道”里登记并选择其工作台账号"
        if names
        else "没有人可以签这一道：担任这个角色的人已签过别的一道，或者就是拟稿人，请在“人员”里补充"
    )
    subject = f"审核到期，提醒不到人：{step.item.title}"
    return subject, f"{step.item.title}在等{what}，应在{step.due:%-m月%-d日}前签字，{_past(step.due, today)}。{why}。"
