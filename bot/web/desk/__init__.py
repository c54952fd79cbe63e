"""The desk (工作台): where staff load, review and publish, in a browser. One module per subject."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiohttp import web

from bot.web.auth import DOOR, Door, Route, guard
from bot.web.desk import (
    accounts,
    auditing,
    calendar,
    contacts,
    entries,
    handover,
    health,
    holidays,
    home,
    knowledge,
    ledger,
    numbers,
    questions,
    replies,
    reports,
    review,
    service,
    settling,
    signing,
    source,
    timeliness,
    version,
    watch,
)
from bot.web.desk.common import DESK, SECTIONS, Desk, Section, error_pages
from bot.web.desk.loader import setup_loader
from bot.web.pages import setup_pages
from bot.web.passwords import Passwords
from bot.web.permissions import Action
from storage import staff
from storage.clock import Clock
from storage.database import Database
from storage.review.steps import Chains

ROUTES: tuple[Route, ...] = (
    *signing.ROUTES,
    *home.ROUTES,
    *reports.ROUTES,
    *version.ROUTES,
    *settling.ROUTES,
    *source.ROUTES,
    *review.ROUTES,
    *questions.ROUTES,
    *knowledge.ROUTES,
    *entries.ROUTES,
    *handover.ROUTES,
    *replies.ROUTES,
    *service.ROUTES,
    *watch.ROUTES,
    *calendar.ROUTES,
    *ledger.ROUTES,
    *contacts.ROUTES,
    *holidays.ROUTES,
    *timeliness.ROUTES,
    *numbers.ROUTES,
    *accounts.ROUTES,
    *auditing.ROUTES,
)

_SECTIONS = (
    Section("/desk/", "首页", "", Action.OWN),
    Section("/desk/reports", "年报", "载入、核对，查看每个版本", Action.REPORT_VIEW),
    Section("/desk/review", "审核", "三审三校，签字、退回、发布", Action.REPORT_VIEW),
    Section("/desk/questions", "问答", "群众问了什么，没答上的怎么办", Action.QUESTIONS),
    Section("/desk/handover", "人工服务", "群众转人工的会话、给群众的回复", Action.QUESTIONS),
    Section("/desk/watch", "督办", "到期和逾期的公开事项、台账、来源", Action.WATCH),
    Section("/desk/numbers", "统计", "提问量、答复情况和评价", Action.NUMBERS),
    Section("/desk/staff", "人员", "给同事开账号，分配角色", Action.STAFF),
    Section("/desk/audit", "操作日志", "谁在什么时候改了什么", Action.AUDIT),
    Section("/desk/account", "我的账号", "密码、动态验证码、登录的设备", Action.OWN),
)


def setup_desk(
    app: web.Application,
    database: Database,
    *,
    clock: Clock,
    base_url: str | None = None,
    behind_proxy: bool = False,
    passwords: Passwords | None = None,
    max_bytes: int = 50 * 2**20,
    chains: Chains | None = None,
    conversation_review: bool = True,
    answer: questions.Answer | None = None,
    known: knowledge.Knowledge | None = None,
    accounts: Mapping[str, str] | None = None,
    may_bind: Callable[[str], bool] = lambda _account: False,
    tokens: health.Tokens | None = None,
    unremember: questions.Unremember | None = None,
    private_sources: bool = False,
) -> None:
    """Add the desk under `/desk/` to the web process.

    Args:
        app: the web process.
        database: open and migrated before the first request; closed by the caller.
        clock: the time.
        base_url: the public address; where it is https the cookie is marked Secure.
        behind_proxy: a proxy of our own overwrites X-Forwarded-For; the audit log takes the address from there.
        passwords: how passwords are hashed; tests hand a cheap one.
        max_bytes: the largest file that may be uploaded.
        chains: the signatures that things need before citizens get them; without it the full ones.
        conversation_review: replies in a conversation are reviewed too.
        answer: the question pipeline without context, to show what publishing changes; may run in a thread.
        known: the bundled rules, and how ways of asking are compared.
        accounts: names of the official accounts, and what each is called.
        may_bind: whether an account, by its name, has 网页授权, so that staff bind their WeChat by a page.
        tokens: how it stands with the access token of each account that has one.
        unremember: lets go of what is kept of a person outside the database, before that is deleted.
        private_sources: sources inside the network may be looked at, as the watch may read them.
    """
    setup_pages(app)
    desk = web.Application(middlewares=[error_pages], client_max_size=max_bytes + 2**20)
    desk[DOOR] = Door(database, clock, (base_url or "").startswith("https://"), behind_proxy)
    desk[DESK] = Desk(
        database, clock, passwords or Passwords(), {} if accounts is None else accounts, may_bind, base_url
    )
    desk[SECTIONS] = _SECTIONS
    desk[review.CHAINS] = chains or Chains()
    desk[ledger.PRIVATE_SOURCES] = private_sources
    desk[replies.CONVERSATION_REVIEW] = conversation_review
    desk[source.DOCUMENTS], desk[source.PAGES] = source.Documents(), source.Pages()
    desk[questions.UNREMEMBER] = unremember or _nothing
    if answer is not None:
        desk[questions.ANSWER] = answer
    if tokens is not None:
        desk[health.TOKENS] = tokens
    desk[knowledge.KNOWLEDGE] = known or knowledge.Knowledge()
    setup_loader(desk, max_bytes)
    desk.cleanup_ctx.append(review.publishing)
    for route in ROUTES:
        desk.router.add_route(route.method, route.path, guard(route))
    app.add_subapp("/desk", desk)


async def _nothing(_person: str) -> None:
    """Nothing is kept outside the database."""


async def first_admin_link(database: Database, clock: Clock, base_url: str) -> str | None:
    """The one-time link that makes the first admin, to be printed at start; `None` once there is one."""
    async with database.write() as session:
        token = await staff.first_link(session, clock.now())
    return None if token is None else f"{base_url.rstrip('/')}/desk/link/{token}"
