"""Errors of the storage package.

StorageError
├── NotFound          no such agency, report, version …
├── Conflict          somebody else changed it meanwhile, or the step is not allowed in this state
└── Refused           the request itself is not acceptable; the message says why
"""

from __future__ import annotations


class StorageError(Exception):
    """Base of all errors that storage raises on purpose; the message is Chinese and fit for staff to read."""


class NotFound(StorageError):
    """What was asked for is not there."""


class Conflict(StorageError):
    """The state changed meanwhile or does not allow the step."""


class Refused(StorageError):
    """The request is not acceptable as it stands."""
