"""Who may do what at the desk: one table of roles and actions, asked everywhere and decided nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType

from storage.staff import Role


class Action(StrEnum):
    """Something that a page shows or changes."""

    OWN = "own"
    """One's own account; everybody who is signed in."""
    STAFF = "staff"
    AUDIT = "audit"
    REPORT_VIEW = "report.view"
    REPORT_LOAD = "report.load"
    """Load a report and settle its doubts: the draft (拟稿) and first proof (一校)."""


_EVERYBODY = frozenset(Role)

ALLOWED: Mapping[Action, frozenset[Role]] = MappingProxyType(
    {
        Action.OWN: _EVERYBODY,
        Action.STAFF: frozenset({Role.ADMIN}),
        Action.AUDIT: frozenset({Role.ADMIN, Role.SUPERVISOR}),
        Action.REPORT_VIEW: _EVERYBODY,
        Action.REPORT_LOAD: frozenset({Role.EDITOR}),
    }
)


def may(roles: Iterable[str], action: Action) -> bool:
    """Whether one of the roles allows the action; a role that this version does not know allows nothing."""
    return not ALLOWED[action].isdisjoint(roles)
