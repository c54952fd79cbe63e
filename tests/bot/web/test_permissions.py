"""The table of roles and actions, written out a second time by hand: a change of rights must be made twice."""

import re
from collections.abc import Callable

import pytest
from aiohttp import FormData
from aiohttp.test_utils import TestServer

from bot.web.desk import ROUTES
from bot.web.permissions import ALLOWED, Action, may
from storage.staff import Role
from tests.bot.web.conftest import Arrive, Person

EVERYBODY = "admin editor first_reviewer second_reviewer final_reviewer column_owner supervisor reader"
EXPECTED = {
    "own": EVERYBODY,
    "staff": "admin",
    "audit": "admin supervisor",
    "report.view": EVERYBODY,
    "report.load": "editor",
    "review": "first_reviewer second_reviewer final_reviewer supervisor",
    "review.first": "first_reviewer",
    "review.second": "second_reviewer",
    "review.secrecy": "second_reviewer final_reviewer supervisor",
    "review.final": "final_reviewer",
    "review.comment": EVERYBODY.replace(" reader", ""),
    "publish": "final_reviewer",
    "questions": "admin editor first_reviewer second_reviewer final_reviewer supervisor",
    "questions.rule": "editor final_reviewer",
    "handover": "editor first_reviewer second_reviewer final_reviewer",
    "handover.manage": "admin",
    "people": "admin",
    "numbers": EVERYBODY,
    "watch": EVERYBODY,
    "watch.act": "admin editor column_owner supervisor",
    "watch.extend": "supervisor",
    "watch.manage": "admin",
}


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("role", Role)
def test_role_times_action(role: Role, action: Action) -> None:
    assert may([role], action) == (role.value in EXPECTED[action].split())


def test_every_action_is_in_the_table_and_unknown_roles_have_no_rights() -> None:
    assert set(ALLOWED) == set(Action)
    assert not any(may(["boss", ""], action) for action in Action)


OPEN = frozenset({"/desk", "/desk/login", "/desk/login/code", "/desk/link/{token}", "/desk/calendar/{id}/{key}.ics"})


def _routes(server: TestServer) -> list[tuple[str, str, str]]:
    """Method, pattern and a path for everything that the router really answers under /desk."""
    found = {
        (r.method, r.resource.canonical)
        for desk in server.app._subapps
        for r in desk.router.routes()
        if r.resource is not None and r.resource.canonical.startswith("/desk")
    }
    return sorted((method, path, re.sub(r"{\w+}", "1", path)) for method, path in found)


async def test_strangers_are_sent_to_the_login_and_no_change_goes_without_the_token(
    desk_server: TestServer, arrive: Arrive, newcomer: Callable[[], Person]
) -> None:
    stranger, all_roles = newcomer().client, (await arrive("wang", *Role)).client
    own = {"Origin": str(desk_server.make_url("/")).rstrip("/")}
    routes = [r for r in _routes(desk_server) if r[1] not in OPEN]
    assert len(routes) > 50
    for method, _, path in routes:
        met = await stranger.request(method, path, headers=own, allow_redirects=False)
        assert (met.status, met.headers["Location"].split("?")[0]) == (303, "/desk/login"), (method, path)
    for path in (path for method, _, path in routes if method == "POST"):
        for forged in ({}, {"csrf": ""}, {"csrf": "x" * 32}):
            assert (await all_roles.post(path, data=forged, headers=own)).status == 403, path
            assert (await all_roles.post(path, json=forged, headers=own)).status == 403, path
        part = FormData(default_to_multipart=True)
        part.add_field("csrf", "x")
        assert (await all_roles.post(path, data=part, headers=own)).status == 403, path


def test_only_the_door_is_open_to_strangers() -> None:
    open_ = {(r.method, r.path) for r in ROUTES if r.action is None}
    assert open_ == {
        ("GET", ""),
        ("GET", "/login"),
        ("POST", "/login"),
        ("GET", "/login/code"),
        ("POST", "/login/code"),
        ("GET", "/link/{token}"),
        ("POST", "/link/{token}"),
        ("GET", "/calendar/{id}/{key}.ics"),
    }
