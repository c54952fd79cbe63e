"""One version of a rule or answer: its text beside what is live, its way through review, what it would change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from aiohttp import web
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, who
from bot.web.desk import review
from bot.web.desk.common import at, by, desk, done, field, number, render
from bot.web.desk.knowledge import KINDS, KNOWLEDGE, LIMITS, STATES, read_form, typed_of
from bot.web.desk.questions import ANSWER, change_parts
from bot.web.permissions import Action
from storage.entries import drafts
from storage.entries.content import AnswerText
from storage.entries.drafts import Content, Written
from storage.entries.reviewing import KIND
from storage.errors import Conflict, Refused
from storage.facts import AgencyFacts, RuleText
from storage.models.entries import EntryKind
from storage.models.reports import Agency, VersionState
from storage.questions.changes import compare_answers, known_questions
from storage.snapshot import load_agency

_KNOWN = 300


async def page(request: web.Request) -> web.StreamResponse:
    """One version."""
    return await _page(request)


async def _page(
    request: web.Request,
    status: int = 200,
    error: str = "",
    typed: Mapping[str, str] | None = None,
    lost: Mapping[str, str] | None = None,
) -> web.Response:
    async with desk(request).database.read() as session:
        written = await drafts.get(session, at(request, "id"))
        versions = await drafts.versions_of(session, [written.entry])
        doc = _doc(request, written)
        context = await review.process(request, session, doc)
    kind = EntryKind(written.entry.kind)
    return render(
        request,
        "entry.html",
        status,
        **context,
        written=written,
        versions=versions,
        before=None if written.live else _live(request, versions),
        kind=kind,
        name=KINDS[kind],
        states=STATES,
        typed=typed or typed_of(written.content),
        lost=lost,
        error=error,
        limits=LIMITS,
        answers=request.config_dict.get(ANSWER) is not None,
        doubts=[],
        tab="knowledge",
        here="/desk/questions",
    )


def _doc(request: web.Request, written: Written) -> review.Doc:
    version, rule = written.version, written.entry.kind == EntryKind.RULE
    off_hint = (
        "撤下后，这一条（包括内置的说法）不再用来回答，直到发布另一版或恢复内置内容。"
        if rule
        else "撤下后，这些问法又算没答上。"
    )
    return review.Doc(
        kind=KIND,
        id=written.id,
        page=f"/desk/entries/{written.id}",
        live=written.live,
        was_live=version.published_at is not None,
        live_id=written.entry.live,
        editable=version.state == VersionState.DRAFT and who(request).may(Action.RULE),
        off_hint=off_hint,
    )


def _live(request: web.Request, versions: list[Written]) -> Content | None:
    """What citizens get now in its place: the live version, else the bundled rule."""
    now = next((w.content for w in versions if w.live), None)
    entry = versions[0].entry
    if now is None and entry.kind == EntryKind.RULE and not entry.off:
        return request.config_dict[KNOWLEDGE].rules.get(entry.key)
    return now


async def save(request: web.Request) -> web.StreamResponse:
    """Change the draft."""
    version_id = at(request, "id")
    async with desk(request).database.read() as session:
        kind = (await drafts.get(session, version_id)).entry.kind
    typed, make = await read_form(request, kind)
    try:
        content = make()
        revision = number(await field(request, "revision"))
        async with desk(request).database.write() as session:
            await drafts.change(session, version_id, content, revision=revision, by=by(request))
    except Conflict as error:
        return await _page(request, 409, str(error), lost=typed)
    except Refused as error:
        return await _page(request, 400, str(error), typed)
    return done(f"/desk/entries/{version_id}", "草稿已保存。")


async def changes_page(request: web.Request) -> web.StreamResponse:
    """Which known questions, and which of its own, change their answer when the version goes live."""
    answer = request.config_dict.get(ANSWER)
    if answer is None:
        raise web.HTTPNotFound
    async with desk(request).database.read() as session:
        written = await drafts.get(session, at(request, "id"))
        before, now = await _facts(session, written)
        asked = await known_questions(session, before.id, _KNOWN)
    own = _asks(written.content) + (_asks(now) if now else ())
    changes = await asyncio.to_thread(
        compare_answers, dict.fromkeys((*own, *asked)), answer, before, _with(before, written, now)
    )
    return render(
        request,
        "changes.html",
        back=f"/desk/entries/{written.id}",
        lead="拿这一条的问法和群众问得最多的问题，用在线的内容和这一版各答一遍。",
        parts=change_parts(changes),
        same=changes.same,
        here="/desk/questions",
    )


async def _facts(session: AsyncSession, written: Written) -> tuple[AgencyFacts, Content | None]:
    agency = await session.get_one(Agency, written.entry.agency_id)
    versions = await drafts.versions_of(session, [written.entry])
    return await load_agency(session, agency.name), next((w.content for w in versions if w.live), None)


def _asks(content: Content) -> tuple[str, ...]:
    return tuple(p.text for p in content.phrases) if isinstance(content, AnswerText) else content.asks


def _with(facts: AgencyFacts, written: Written, now: Content | None) -> AgencyFacts:
    """The facts as they would be with this version live."""
    content = written.content
    if isinstance(content, RuleText):
        rules: dict[str, Any] = dict(facts.rules) | {written.entry.key: content}
        return replace(facts, rules=MappingProxyType(rules))
    gone = {p.key for p in now.phrases} if isinstance(now, AnswerText) else set[str]()
    answers = {k: a for k, a in facts.reviewed_answers.items() if k not in gone}
    answers |= {p.key: content.text for p in content.phrases}
    return replace(facts, reviewed_answers=MappingProxyType(answers))


ROUTES = (
    *review.routes_of(KIND, "/entries/{id}", Action.RULE),
    Route("GET", "/entries/{id}", page, Action.REPORT_VIEW),
    Route("POST", "/entries/{id}/save", save, Action.RULE),
    Route("GET", "/entries/{id}/answers", changes_page, Action.REPORT_VIEW),
)
