"""Reading a column's list page (栏目列表页): which items it shows, with title, address and date of publication.

Works without configuration on ordinary government list pages, feeds and list interfaces; a CSS selector helps where
that fails. A date is taken from what the page prints for the item; the address is asked only where the page prints none
or leaves the year out.
"""

from storage.listing.items import Item, newest_first
from storage.listing.reader import read_list

__all__ = ["Item", "newest_first", "read_list"]
