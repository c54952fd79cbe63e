"""The kinds of thing that are reviewed."""

from __future__ import annotations

from storage.entries.reviewing import Entries
from storage.errors import NotFound
from storage.handover.reviewing import Replies
from storage.reports.reviewing import Versions
from storage.review.subject import Subject

SUBJECTS: dict[str, Subject] = {s.kind: s for s in (Versions(), Entries(), Replies())}
"""Every kind of thing that is reviewed."""


def subject(kind: str) -> Subject:
    """The kind of that name.

    Raises:
        NotFound: this version of the program knows none.
    """
    if kind not in SUBJECTS:
        raise NotFound("没有这份稿子。")
    return SUBJECTS[kind]
