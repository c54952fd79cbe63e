"""The table of roles and actions, written out a second time by hand: a change of rights must be made twice."""

import pytest

from bot.web.desk import ROUTES
from bot.web.permissions import ALLOWED, Action, may
from storage.staff import Role

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
