"""The questions desk: what citizens ask, what was missed and what is decided about it; one person's data."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence

import sqlalchemy as sa
from aiohttp import web
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from bot.web.auth import Route, origin, who
from bot.web.desk.common import by, desk, done, field, number, page_of, record, render
from bot.web.desk.replies import STATES, states_of
from bot.web.permissions import Action
from storage import allowance, staff
from storage.acting import By
from storage.entries.content import AnswerText, check_answer
from storage.entries.drafts import Written, phrases_in_work, propose
from storage.entries.live import reviewed_keys
from storage.errors import Conflict, NotFound, Refused
from storage.facts import AgencyFacts
from storage.handover import replies
from storage.models.questions import RulingKind, Turn
from storage.models.reports import Agency
from storage.questions import people
from storage.questions.changes import ANSWERED, AnswerChange, AnswerChanges, Answered, known_questions, preview
from storage.questions.misses import list_misses
from storage.questions.rulings import LONGEST_ANSWER, Phrase, list_rulings, reopen, rule
from storage.reports.versions import get_version
from storage.snapshot import load_agency

KINDS = {"answer": "答了", "choice": "反问", "none": "没答上", "guide": "引导"}
RULINGS = {RulingKind.ALIAS: "等同于", RulingKind.ANSWER: "答复", RulingKind.DISMISSED: "不属于受理范围"}
_SHOWN = 100
_KNOWN = 300

Answer = Callable[[str, AgencyFacts], Answered]
Unremember = Callable[[str], Awaitable[None]]
UNREMEMBER: web.AppKey[Unremember] = web.AppKey("unremember", Callable)  # type: ignore[arg-type]
"""Lets go of what is kept of a person outside the database."""
ANSWER: web.AppKey[Answer] = web.AppKey("answer", Callable)  # type: ignore[arg-type]


async def _agencies(session: AsyncSession) -> list[Agency]:
    """Agencies, those that citizens asked most first."""
    asked = sa.func.count(col(Turn.id))
    query = (
        select(Agency)
        .join(Turn, col(Turn.agency_id) == col(Agency.id), isouter=True)
        .group_by(col(Agency.id))
        .order_by(asked.desc(), col(Agency.id))
    )
    return list((await session.exec(query)).all())


async def agency_of(request: web.Request, session: AsyncSession) -> tuple[Agency | None, list[Agency]]:
    """The agency that the page is about: the chosen one, else the most asked one."""
    agencies = await _agencies(session)
    chosen = request.query.get("agency") or await field(request, "agency")
    wanted = number(chosen) if chosen else None
    return next((a for a in agencies if wanted in (None, a.id)), None), agencies


async def misses_page(request: web.Request) -> web.StreamResponse:
    """What was not answered, alike questions together, the most asked first."""
    return await _misses(request)


async def _misses(request: web.Request, status: int = 200, error: str = "") -> web.Response:
    async with desk(request).database.read() as session:
        agency, agencies = await agency_of(request, session)
        groups = await list_misses(session, agency.id) if agency and agency.id else []
        in_work = await phrases_in_work(session, agency.id) if agency and agency.id else {}
    return render(
        request,
        "misses.html",
        status,
        agency=agency,
        agencies=agencies,
        groups=groups[:_SHOWN],
        total=len(groups),
        in_work=in_work,
        error=error,
        longest=LONGEST_ANSWER,
        tab="misses",
    )


async def decide(request: web.Request) -> web.StreamResponse:
    """Decide about a group of ways of asking."""
    here, data = desk(request), await request.post()
    kinds = {"alias": RulingKind.ALIAS, "answer": RulingKind.ANSWER, "dismissed": RulingKind.DISMISSED}
    kind, content = kinds.get(await field(request, "kind")), await field(request, "content")
    wanted = {str(key) for key in data.getall("key", [])}
    try:
        if kind is None:
            raise Refused("请选一种处理办法。")
        async with here.database.write() as session:
            agency, _ = await agency_of(request, session)
            if agency is None or agency.id is None:
                raise NotFound("没有这个机关。")
            if kind is RulingKind.ALIAS:
                await _check_meaning(request, session, agency, content)
            found = [p for g in await list_misses(session, agency.id) for p in g.phrases if p.key in wanted]
            if len(found) != len(wanted):
                raise Refused("这些问法刚被别人处理过，请刷新后再看。")
            if kind is RulingKind.ANSWER:
                answer = check_answer(AnswerText(tuple(found), content))
                draft = await _write(session, agency.id, answer, by(request))
                return done(f"/desk/entries/{draft.id}", "答复已存为草稿，核对后提交审核，审定发布后才会答复群众。")
            await rule(
                session,
                agency.id,
                found,
                kind,
                content="" if kind is RulingKind.DISMISSED else content,
                actor=staff.actor(who(request).member),
                now=here.clock.now(),
                origin=origin(request),
            )
    except Refused as error:
        return await _misses(request, 400, str(error))
    return done(f"/desk/questions?agency={agency.id}", f"已处理{len(found)}种问法。")


async def _write(session: AsyncSession, agency_id: int, answer: AnswerText, author: By) -> Written:
    """The draft of an answer that nobody has in work.

    Raises:
        Conflict: somebody has.
    """
    in_work = await phrases_in_work(session, agency_id)
    if any(p.key in in_work for p in answer.phrases):
        raise Conflict("这个问法已经有一份答复在写或在审。您刚才写的没有保存。")
    return await propose(session, agency_id, secrets.token_hex(6), answer, author)


async def _check_meaning(request: web.Request, session: AsyncSession, agency: Agency, content: str) -> None:
    """A question that others are to mean must itself be answered.

    Raises:
        Refused: it is not.
    """
    answer = request.config_dict.get(ANSWER)
    if content and answer is not None:
        facts = await load_agency(session, agency.name)
        if answer(content, facts).kind != ANSWERED:
            raise Refused(f"“{content}”本身也答不上来，请换一个答得上的标准问法。")


async def stream_page(request: web.Request) -> web.StreamResponse:
    """Questions as they came, newest first."""
    kind, query = request.query.get("kind", ""), select(Turn).order_by(col(Turn.id).desc())
    if kind in KINDS:
        query = query.where(Turn.kind == kind)
    if kind == "useless":
        query = query.where(col(Turn.useful).is_(False))

    async def turns(before: int | None, limit: int) -> Sequence[Turn]:
        older = query if before is None else query.where(col(Turn.id) < before)
        return (await session.exec(older.limit(limit))).all()

    async with desk(request).database.read() as session:
        rows, more = await page_of(request, turns)
        answered = await replies.of_turns(session, [row.id or 0 for row in rows])
        written = [reply for each in answered.values() for reply in each]
        states = await states_of(session, written, desk(request).clock.now())
    return render(
        request,
        "stream.html",
        rows=rows,
        more=more,
        kind=kind,
        kinds=KINDS,
        replies=answered,
        states=states,
        tab="stream",
    )


async def rulings_page(request: web.Request) -> web.StreamResponse:
    """What was decided, with the way to take it back."""
    async with desk(request).database.read() as session:
        agency, agencies = await agency_of(request, session)
        rows = list(await list_rulings(session, agency.id)) if agency and agency.id else []
        reviewed = await reviewed_keys(session, agency.id) if agency and agency.id else {}
    return render(
        request,
        "rulings.html",
        agency=agency,
        agencies=agencies,
        rows=rows,
        reviewed=reviewed,
        names=RULINGS,
        tab="rulings",
    )


async def take_back(request: web.Request) -> web.StreamResponse:
    """Take a ruling back: the question is a miss again."""
    here, key = desk(request), await field(request, "key")
    async with here.database.write() as session:
        agency, _ = await agency_of(request, session)
        if agency is None or agency.id is None:
            raise NotFound("没有这个机关。")
        await reopen(
            session, agency.id, [Phrase(key, key)], actor=staff.actor(who(request).member), origin=origin(request)
        )
    return done(f"/desk/questions/rulings?agency={agency.id}", "已撤回，回到“没答上的”。")


async def person_page(request: web.Request) -> web.StreamResponse:
    """Everything that is kept of one person, who is only a code here."""
    person = request.match_info["person"]
    async with desk(request).database.read() as session:
        rows = await people.export(session, person)
    if not rows:
        raise NotFound("没有这个人的记录，可能已经删除。")
    return render(request, "citizen.html", rows=rows, person=person, kinds=KINDS, reply_states=STATES, tab="stream")


async def export_person(request: web.Request) -> web.StreamResponse:
    """The same as a file, for the person who asks for a copy."""
    here, person = desk(request), request.match_info["person"]
    async with here.database.write() as session:
        rows = await people.export(session, person)
        await record(session, request, "person.export", f"person {person[:8]}", after={"records": len(rows)})
    return web.Response(
        text=json.dumps(rows, ensure_ascii=False, indent=1),
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="person.json"', "Cache-Control": "no-store"},
    )


async def forget_person(request: web.Request) -> web.StreamResponse:
    """Delete everything of one person, on their request."""
    here, person = desk(request), request.match_info["person"]
    await request.config_dict[UNREMEMBER](person)
    async with here.database.write() as session:
        count = await people.forget(session, person)
        await allowance.forget(session, None, person)
        await record(session, request, "person.forget", f"person {person[:8]}", after={"records": count})
    return done("/desk/questions/stream", f"已删除这个人的{count}条记录。")


async def changes_page(request: web.Request) -> web.StreamResponse:
    """Which known questions change their answer when a version goes live."""
    version_id, answer = number(request.match_info["version"]), request.config_dict.get(ANSWER)
    if answer is None:
        raise web.HTTPNotFound
    async with desk(request).database.read() as session:
        version = await get_version(session, version_id)
        before = await load_agency(session, version.agency)
        asked = await known_questions(session, before.id, _KNOWN)
        changes = await preview(session, before, version_id, asked, answer)
    return render(
        request,
        "changes.html",
        back=f"/desk/reports/{version_id}",
        lead="拿群众问得最多的问题，用在线的年报和这一版各答一遍。",
        parts=change_parts(changes),
        same=changes.same,
    )


def change_parts(changes: AnswerChanges) -> list[tuple[str, Sequence[AnswerChange]]]:
    """The kinds of change under their titles."""
    return [("答复会变", changes.changed), ("答不上了", changes.lost), ("原来答不上，现在能答", changes.gained)]


ROUTES = (
    Route("GET", "/questions", misses_page, Action.QUESTIONS),
    Route("POST", "/questions/decide", decide, Action.RULE),
    Route("GET", "/questions/stream", stream_page, Action.QUESTIONS),
    Route("GET", "/questions/rulings", rulings_page, Action.QUESTIONS),
    Route("POST", "/questions/reopen", take_back, Action.RULE),
    Route("GET", "/questions/person/{person}", person_page, Action.PEOPLE),
    Route("GET", "/questions/person/{person}/export", export_person, Action.PEOPLE),
    Route("POST", "/questions/person/{person}/forget", forget_person, Action.PEOPLE),
    Route("GET", "/reports/{version}/answers", changes_page, Action.REPORT_VIEW),
)
