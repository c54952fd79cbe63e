"""What every push has in common."""

from __future__ import annotations

from storage.values import immutable


@immutable
class Push:
    """A message or an event.

    Attributes:
        to_user: the account's own id, `gh_…`.
        from_user: openid of the person; some events come from a system id.
        created: CreateTime, seconds since 1970, as WeChat says it.
        identity: the same for every attempt to deliver this push and for no other push of the account.
    """

    to_user: str
    from_user: str
    created: int
    identity: str
