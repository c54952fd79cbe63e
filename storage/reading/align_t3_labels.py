"""Which labels of table three's rows a file still holds, however far extraction tore them from their figures."""

from __future__ import annotations

from collections.abc import Sequence

from storage.catalogue import OTHER_ALL_ROW, T3_ROWS
from storage.reading.align_items import Item
from storage.reading.labels import key

_STRANGERS = 12
"""Characters of a neighbouring cell that may stand between those of a label broken over lines (度办, （三）不)."""
_SHORTEST = 4
_LONGEST_TEXT = 5_000


def printed_labels(region: Sequence[Item]) -> frozenset[str]:
    """Ids of the rows whose whole labels the texts of the region hold, with few other characters in between.

    Labels that are too short to be told from parts of others (3.其他, （七）总计) are never found here.
    """
    text = "".join(key(t) for item in region for t in item.texts)[:_LONGEST_TEXT]
    labels = {term.id: key(term.label) for term in (*T3_ROWS, OTHER_ALL_ROW)}
    return frozenset(i for i, label in labels.items() if len(label) >= _SHORTEST and _holds(text, label))


def _holds(text: str, label: str) -> bool:
    """Whether the label's characters stand in the text in their order within a short stretch."""
    start = text.find(label[0])
    while start >= 0:
        at = start
        for char in label[1:]:
            at = text.find(char, at + 1, start + len(label) + _STRANGERS)
            if at < 0:
                break
        else:
            return True
        start = text.find(label[0], start + 1)
    return False
