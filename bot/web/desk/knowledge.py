"""What citizens are told beside the reports: rules of disclosure and answers, written at the desk, in versions."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, who
from bot.web.desk.common import by, desk, done, number, render
from bot.web.desk.common import field as form_field
from bot.web.desk.questions import agency_of
from bot.web.permissions import Action
from storage.entries import content, drafts, live
from storage.entries.content import AnswerText
from storage.entries.drafts import Content, Written
from storage.errors import Conflict, NotFound, Refused
from storage.facts import RuleText
from storage.models.entries import EntryKind
from storage.models.reports import Agency, VersionState
from storage.questions.rulings import LONGEST_ANSWER, Phrase, fold

STATES = {
    VersionState.DRAFT: "草稿",
    VersionState.IN_REVIEW: "审核中",
    VersionState.APPROVED: "已审定",
    VersionState.PUBLISHED: "发布过",
    VersionState.WITHDRAWN: "已撤下",
    VersionState.DISCARDED: "已作废",
}
KINDS = {EntryKind.RULE: "规则条目", EntryKind.ANSWER: "常见问题"}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the question pipeline knows of itself, handed in where the process is composed.

    Attributes:
        rules: the bundled rules by id.
        key_of: the key of a way of asking.
    """

    rules: Mapping[str, RuleText] = field(default_factory=dict)
    key_of: Callable[[str], str] = fold


KNOWLEDGE: web.AppKey[Knowledge] = web.AppKey("knowledge", Knowledge)


@dataclass(frozen=True, slots=True)
class Line:
    """A rule or answer in the list: where it leads, how it stands."""

    title: str
    path: str
    tag: str
    tone: str
    about: str
    waiting: str


async def page(request: web.Request) -> web.StreamResponse:
    """All answers and rules of an agency."""
    bundled = request.config_dict[KNOWLEDGE].rules
    async with desk(request).database.read() as session:
        agency, agencies = await agency_of(request, session)
        entries = await drafts.entries_of(session, agency.id) if agency and agency.id else []
        versions = await drafts.versions_of(session, entries)
    by_key: dict[tuple[str, str], list[Written]] = {}
    for written in versions:
        by_key.setdefault((written.entry.kind, written.entry.key), []).append(written)
    off = {e.key for e in entries if e.off}
    answers = [_line(found, agency) for (kind, _), found in by_key.items() if kind == EntryKind.ANSWER]
    own = [k for kind, k in by_key if kind == EntryKind.RULE and k not in bundled]
    rules = [_rule_line(key, bundled, by_key.get((EntryKind.RULE, key), []), key in off, agency) for key in bundled]
    rules = [_line(by_key[EntryKind.RULE, key], agency) for key in own] + rules
    return render(
        request,
        "knowledge.html",
        agency=agency,
        agencies=agencies,
        answers=answers,
        rules=rules,
        tab="knowledge",
        here="/desk/questions",
    )


def _line(versions: list[Written], agency: Agency | None) -> Line:
    """An entry of the desk's own, by its live version or its newest."""
    shown = next((w for w in versions if w.live), versions[0])
    if shown.live:
        tag, tone = f"在线第{shown.version.number}版", "good"
    else:
        tag, tone = STATES[VersionState(shown.version.state)], ""
    text = shown.content.text
    return Line(shown.title, f"/desk/entries/{shown.id}", tag, tone, text, _waiting(versions))


def _rule_line(
    key: str, bundled: Mapping[str, RuleText], versions: list[Written], off: bool, agency: Agency | None
) -> Line:
    """A bundled rule, as it stands after what the desk made of it."""
    now = next((w for w in versions if w.live), None)
    shown = now.content if now else bundled[key]
    path = f"/desk/knowledge/rule?key={key}" + (f"&agency={agency.id}" if agency else "")
    tag, tone = ("已停用", "bad") if off else (f"已改，第{now.version.number}版", "good") if now else ("内置", "")
    return Line(shown.title, path, tag, tone, shown.text, _waiting(versions))


def _waiting(versions: list[Written]) -> str:
    found = next((w for w in versions if w.version.state in drafts.OPEN and not w.live), None)
    return f"第{found.version.number}版{STATES[VersionState(found.version.state)]}" if found else ""


async def rule_page(request: web.Request) -> web.StreamResponse:
    """One bundled rule: its text, what the desk made of it, and the way to change it or take it off."""
    key = request.query.get("key", "")
    bundled = request.config_dict[KNOWLEDGE].rules.get(key)
    if bundled is None:
        raise NotFound("没有这个条目。")
    async with desk(request).database.read() as session:
        agency, _ = await agency_of(request, session)
        entry = await drafts.entry_of(session, agency.id or 0, EntryKind.RULE, key) if agency else None
        versions = await drafts.versions_of(session, [entry]) if entry else []
    return render(
        request,
        "rule.html",
        key=key,
        rule=bundled,
        agency=agency,
        entry_row=entry,
        versions=versions,
        states=STATES,
        open=next((w for w in versions if w.version.state in drafts.OPEN), None),
        may_write=who(request).may(Action.RULE) and agency is not None,
        tab="knowledge",
        here="/desk/questions",
    )


async def switch(request: web.Request) -> web.StreamResponse:
    """Take a bundled rule off at once, or let it answer again as it is bundled."""
    key, reason = await form_field(request, "key"), await form_field(request, "reason")
    off = await form_field(request, "off") == "1"
    if key not in request.config_dict[KNOWLEDGE].rules:
        raise NotFound("没有这个条目。")
    if not reason:
        raise Refused("请写明原因。")
    async with desk(request).database.write() as session:
        agency = await _agency(request, session)
        entry = await drafts.ensure(session, agency.id or 0, EntryKind.RULE, key, by(request))
        await live.switch(session, entry, off=off, reason=reason, by=by(request))
    notice = "已停用，两秒内不再用来回答群众。" if off else "已恢复内置内容，两秒内生效。"
    return done(f"/desk/knowledge/rule?key={key}&agency={agency.id}", notice)


async def _agency(request: web.Request, session: AsyncSession) -> Agency:
    agency, _ = await agency_of(request, session)
    if agency is None or agency.id is None:
        raise NotFound("还没有登记单位，请先载入一份年报。")
    return agency


async def new_page(request: web.Request) -> web.StreamResponse:
    """An empty form, or one filled with the rule that is to be changed."""
    kind = request.query.get("kind", EntryKind.ANSWER)
    if kind not in list(EntryKind):
        raise web.HTTPNotFound
    key = request.query.get("key", "")
    async with desk(request).database.read() as session:
        agency = await _agency(request, session)
        entry = await drafts.entry_of(session, agency.id or 0, EntryKind(kind), key) if key else None
        versions = await drafts.versions_of(session, [entry]) if entry else []
    now = next((w.content for w in versions if w.live), None)
    now = now or (versions[0].content if versions else request.config_dict[KNOWLEDGE].rules.get(key))
    return await form(
        request, kind, agency_id=agency.id or 0, key=key, typed=typed_of(now) if now else dict.fromkeys(NAMES, "")
    )


def typed_of(given: Content) -> dict[str, str]:
    """What a form shows of an entry."""
    if isinstance(given, AnswerText):
        return {"asks": "\n".join(p.text for p in given.phrases), "text": given.text}
    return {
        "title": given.title,
        "text": given.text,
        "source": given.source,
        "since": given.since,
        "issued_only": "1" if given.issued_only else "",
        "asks": "\n".join(given.asks),
        "words": "\n".join(given.words),
        "contacts": "1" if given.contacts else "",
    }


async def form(
    request: web.Request,
    kind: str,
    *,
    agency_id: int,
    key: str = "",
    typed: Mapping[str, str],
    status: int = 200,
    error: str = "",
) -> web.Response:
    """The form of a new draft."""
    return render(
        request,
        "entry_new.html",
        status,
        kind=kind,
        name=KINDS[EntryKind(kind)],
        agency_id=agency_id,
        key=key,
        typed=typed,
        error=error,
        limits=LIMITS,
        tab="knowledge",
        here="/desk/questions",
    )


NAMES = ("title", "text", "source", "since", "issued_only", "asks", "words", "contacts")
LIMITS: dict[str, Any] = {
    "answer": LONGEST_ANSWER,
    "title": content.LONGEST_TITLE,
    "text": content.LONGEST_TEXT,
    "source": content.LONGEST_SOURCE,
}


async def read_form(request: web.Request, kind: str) -> tuple[dict[str, str], Callable[[], Content]]:
    """What was typed, and how to make the entry of it, which may be `Refused`."""
    typed = {name: (await form_field(request, name)).replace("\r\n", "\n") for name in NAMES}

    def lines(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.strip() for line in typed[name].split("\n") if line.strip()))

    def make() -> Content:
        if kind == EntryKind.ANSWER:
            phrases = {request.config_dict[KNOWLEDGE].key_of(ask): ask for ask in lines("asks")}
            return content.check_answer(AnswerText(tuple(Phrase(a, k) for k, a in phrases.items()), typed["text"]))
        return content.check_rule(
            RuleText(
                title=typed["title"],
                text=typed["text"],
                source=typed["source"],
                since=typed["since"],
                asks=lines("asks"),
                issued_only=bool(typed["issued_only"]),
                words=lines("words"),
                contacts=bool(typed["contacts"]),
            )
        )

    return typed, make


async def create(request: web.Request) -> web.StreamResponse:
    """Store a new draft."""
    kind, key = await form_field(request, "kind"), await form_field(request, "key")
    if kind not in list(EntryKind):
        raise web.HTTPNotFound
    typed, make = await read_form(request, kind)
    agency_id = 0
    try:
        written = make()
        async with desk(request).database.write() as session:
            agency_id = (await _agency(request, session)).id or 0
            known = key in request.config_dict[KNOWLEDGE].rules and kind == EntryKind.RULE
            if key and not known and await drafts.entry_of(session, agency_id, EntryKind(kind), key) is None:
                raise NotFound("没有这个条目。")
            draft = await drafts.propose(session, agency_id, key or secrets.token_hex(6), written, by(request))
    except (Refused, Conflict) as error:
        status = 409 if isinstance(error, Conflict) else 400
        agency_id = agency_id or number(await form_field(request, "agency") or "0")
        return await form(request, kind, agency_id=agency_id, key=key, typed=typed, status=status, error=str(error))
    return done(f"/desk/entries/{draft.id}", "草稿已保存，核对后提交审核。")


ROUTES = (
    Route("GET", "/knowledge", page, Action.QUESTIONS),
    Route("GET", "/knowledge/rule", rule_page, Action.QUESTIONS),
    Route("POST", "/knowledge/rule", switch, Action.PUBLISH),
    Route("GET", "/knowledge/new", new_page, Action.RULE),
    Route("POST", "/knowledge/new", create, Action.RULE),
)
