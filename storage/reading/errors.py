"""Errors of reading: the only ones that a file or an address, however broken or hostile, may cause.

ReadingError (a Refused)
├── UnknownFormat     not a kind of file that holds a report: picture, archive, program …
├── Damaged           the kind is known, the content cannot be read; also password-protected files
├── NoText            the file shows pages but holds no text: scans
├── TooLarge          over a limit of size, expansion, nesting or number of cells
├── Unavailable       the reader for this kind is not installed on this machine
├── Exhausted         the worker was stopped at its time or memory limit
└── FetchFailed       the address could not be fetched, or may not be
"""

from __future__ import annotations

from storage.errors import Refused


class ReadingError(Refused):
    """Base: the file was not read; the message is Chinese, for staff, and says what to do."""


class UnknownFormat(ReadingError):
    """Not a kind of file that holds a report."""


class Damaged(ReadingError):
    """Broken, truncated or locked."""


class NoText(ReadingError):
    """Pages without text."""


class TooLarge(ReadingError):
    """Over a limit."""


class Unavailable(ReadingError):
    """The reader for this kind of file is missing here."""


class Exhausted(ReadingError):
    """Stopped at the time or memory limit."""


class FetchFailed(ReadingError):
    """The address was not fetched."""
