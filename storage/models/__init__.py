"""SQLModel tables, by subject. Importing this package registers every table; it holds no logic."""

from sqlmodel import SQLModel

METADATA = SQLModel.metadata
METADATA.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

from storage.models import (  # noqa: E402  (tables take their constraint names from the convention above)
    allowance,
    audit,
    cases,
    entries,
    handover,
    loads,
    outbox,
    questions,
    reports,
    review,
    staff,
    watch,
)

__all__ = [
    "METADATA",
    "allowance",
    "audit",
    "cases",
    "entries",
    "handover",
    "loads",
    "outbox",
    "questions",
    "reports",
    "review",
    "staff",
    "watch",
]
