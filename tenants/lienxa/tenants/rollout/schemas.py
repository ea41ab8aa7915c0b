"""What operations of this module take."""

from datetime import date

import msgspec


class RecordProgress(msgspec.Struct, frozen=True):
    """The present state of one organ's merger. `wave` is `pilot`, a number or empty; `changed_on` the day of the state.

    None is what nobody has said, which is not the same as none or no.
    """

    wave: str
    state: str
    civil_servants_moved: int | None
    concurrent_inspection_deputy: bool | None
    changed_on: date | None
    note: str
    invented: bool = False
