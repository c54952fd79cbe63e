"""Immutable values that are built for every message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True)
def immutable(cls: type[T]) -> type[T]:
    """A dataclass with slots, equality and hash that the type checker holds to be frozen.

    Frozen at run time, the setting of each field would be a call of its own: ten times the cost, for a dozen objects
    and a hundred fields in each message. Whoever changes one is stopped by `make check`.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
