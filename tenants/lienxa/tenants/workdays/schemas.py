"""What goes into the verbs."""

from datetime import date

import msgspec

from lienxa.platform.workdays import ChangeKind


class AddDays(msgspec.Struct, frozen=True):
    """Change the days from `first` to `last`, both included, for the reason that `name` tells."""

    kind: ChangeKind
    first: date
    last: date
    name: str
