"""Who does something, when and from where: what every change at the desk is recorded with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from storage import staff
from storage.models.staff import StaffMember


@dataclass(frozen=True, slots=True)
class By:
    """A person's act.

    Attributes:
        person: a stored member of staff.
        now: the moment, UTC.
        origin: where it comes from, for the audit log: a network address, 定时发布.
    """

    person: StaffMember
    now: datetime
    origin: str | None = None

    @property
    def id(self) -> int:
        """The person's id."""
        assert self.person.id is not None
        return self.person.id

    @property
    def actor(self) -> str:
        """The person as the audit log names them."""
        return staff.actor(self.person)
