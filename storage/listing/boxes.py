"""Boxes: the part of a page around one item, found from the dates printed on it.

Every printed date climbs to the smallest box that also holds a link; the box grows while it takes in no further link.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date

from lxml.html import HtmlElement

from storage.listing import dates
from storage.listing.dates import Partial
from storage.listing.items import clean
from storage.listing.links import telling, title_text

_LISTS = frozenset({"ul", "ol", "dl", "tbody", "table", "body", "html", "form"})


@dataclass(slots=True)
class Box:
    """What surrounds one item: its element, its link and the dates printed in it."""

    element: HtmlElement
    link: HtmlElement
    url: str
    found: list[tuple[date | Partial, HtmlElement]] = field(default_factory=list)


def dated_boxes(root: HtmlElement, links: dict[HtmlElement, str], today: date) -> list[Box]:
    """The boxes of items that have a date printed; `links` are the content links with their addresses."""
    by_link: dict[HtmlElement, Box] = {}
    inside = _links_inside(links)
    for owner, spot, found in _printed_dates(root, links, today):
        holder: HtmlElement | None = owner
        while holder is not None and not inside.get(holder):
            holder = _with_neighbour(holder, inside)
        if holder is None or holder.tag in {"body", "html"}:
            continue
        held = inside[holder]
        alone = len({links[a] for a in held}) == 1
        if isinstance(found, Partial) and not found.day and not alone:
            continue  # a year or a month over many items is a heading
        link = max(held, key=telling) if alone else _partner(holder, spot, held)
        if link is None:
            continue
        near = holder if len(held) < 4 else link
        box = by_link.get(link)
        if box is None:
            box = by_link[link] = Box(_grow(near, link, inside, links), link, links[link])
        elif any(e is box.element for e in near.iterancestors()):
            box.element = _grow(near, link, inside, links)
        box.found.append((found, owner))
    return [b for b in by_link.values() if any(_useful(d) for d, _ in b.found) or joined_date(b)]


def _links_inside(links: Iterable[HtmlElement]) -> dict[HtmlElement, list[HtmlElement]]:
    inside: dict[HtmlElement, list[HtmlElement]] = defaultdict(list)
    for link in links:
        inside[link].append(link)
        for ancestor in link.iterancestors():
            inside[ancestor].append(link)
    return inside


def _with_neighbour(element: HtmlElement, inside: dict[HtmlElement, list[HtmlElement]]) -> HtmlElement | None:
    """The next step of the climb; a `dd` looks at the `dt` before it, which holds the link of a definition list."""
    if element.tag == "dd":
        before = element.getprevious()
        if before is not None and before.tag == "dt" and inside.get(before):
            return before
    return element.getparent()


def _printed_dates(
    root: HtmlElement, links: dict[HtmlElement, str], today: date
) -> Iterator[tuple[HtmlElement, HtmlElement, date | Partial]]:
    """Every text that is a date and nothing else, or that names one as the day of publishing.

    Yields the element that holds the text, the element that the text follows, and the date.
    """
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        for owner, text in ((element, element.text), (element.getparent(), element.tail)):
            if owner is not None and text and (found := _said(text, today)):
                yield owner, element, found
        if len(element) and len(whole := element.text_content()) < 60 and element.tag not in {"a", "tr", "li"}:
            found = dates.printed(clean(whole))
            if found and not any(dates.printed(t) for t in element.itertext()):
                yield element, element, found
        if element in links and (edge := dates.at_the_edge(clean(element.text_content()))):
            yield element, element, edge[0]
        if element.tag == "li" and element.get("data-date") and (day := dates.of_value(element.get("data-date"))):
            yield element, element, day


def _said(text: str, today: date) -> date | Partial | None:
    return dates.printed(text) or dates.labelled(text) or dates.relative(text, today)


def _partner(holder: HtmlElement, spot: HtmlElement, held: list[HtmlElement]) -> HtmlElement | None:
    """Which of several links in one box a date belongs to: the longest title in a row, the nearest in a flat run."""
    dated = [e for e in holder.iter() if any(dates.printed(t) for t in (e.text or "", e.tail or ""))]
    order = {e: n for n, e in enumerate(holder.iter())}
    if (taken := _in_turn(held, dated, spot, order)) is not None:
        return taken
    if holder.tag in {"tr", "li", "dt", "p"} and len(held) <= 4 and len(dated) <= 3:
        return _main(held)
    if len(held) <= 3 and len(dated) == 1:
        return _main(held)
    if len(dated) < 2:
        return None
    before = [a for a in held if order[a] <= order[spot]]
    after = [a for a in held if order[a] > order[spot]]
    if after and order[dated[0]] < order[held[0]]:
        return after[0]
    return before[-1] if before else None


def _in_turn(
    held: list[HtmlElement], dated: list[HtmlElement], spot: HtmlElement, order: dict[HtmlElement, int]
) -> HtmlElement | None:
    """The link of a date where links and dates take turns: a row that shows several items."""
    if len(held) < 2 or len(held) != len(dated) or spot not in dated:
        return None
    pairs = list(zip(held, dated, strict=True))
    turns = [order[e] for pair in pairs for e in (pair if order[held[0]] <= order[dated[0]] else pair[::-1])]
    return held[dated.index(spot)] if turns == sorted(turns) else None


def _main(held: list[HtmlElement]) -> HtmlElement:
    """The link with the longest title; not one that repeats the title of another (图解：…)."""
    titles = {a: title_text(a) for a in held}
    first = [a for a in held if not any(b is not a and len(t) >= 6 and t in titles[a] for b, t in titles.items())]
    return max(first or held, key=lambda a: (len(titles[a]), -held.index(a)))


def _grow(
    holder: HtmlElement,
    link: HtmlElement,
    inside: dict[HtmlElement, list[HtmlElement]],
    links: dict[HtmlElement, str],
) -> HtmlElement:
    """The largest element around the link that takes in no other page and is not the list itself."""
    own = {links[a] for a in inside[holder]}
    box = holder
    for parent in holder.iterancestors():
        if parent.tag in _LISTS or {links[a] for a in inside[parent]} != own:
            break
        box = parent
    return link if box.tag in {"body", "html"} else box


def undated_boxes(links: dict[HtmlElement, str], dated: list[Box]) -> list[Box]:
    """Links without a printed date whose address tells the day; beside dated ones they complete the list."""
    taken = {b.url for b in dated}
    inside = _links_inside(links)
    return [
        Box(_grow(a, a, inside, links), a, url)
        for a, url in links.items()
        if url not in taken and dates.in_address(url) is not None
    ]


def _useful(found: date | Partial) -> bool:
    return isinstance(found, date) or bool(found.month and found.day)


def joined_date(box: Box) -> Partial | None:
    """The parts of a date that stand in elements of their own, put together."""
    joined: Partial | None = None
    for found, _ in box.found:
        if isinstance(found, Partial):
            joined = found if joined is None else joined.join(found)
    return joined if joined and joined.month and joined.day else None
