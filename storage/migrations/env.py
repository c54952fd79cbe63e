"""Alembic's entry: runs on the connection that storage.migrate hands over."""

from typing import Any

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from storage.models import METADATA


def _render(kind: str, thing: Any, _context: Any) -> str | bool:
    """SQLModel's own string type is a plain String in a migration file."""
    return f"sa.String(length={thing.length})" if kind == "type" and isinstance(thing, AutoString) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
    render_item=_render,
    user_module_prefix="storage.database.",
)
with context.begin_transaction():
    context.run_migrations()
