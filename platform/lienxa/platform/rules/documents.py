"""Document types of the State (NĐ 30/2020/NĐ-CP) and of the Party (QĐ 399-QĐ/TW), as the rule set in force has them."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Literal

import msgspec

from lienxa.platform.rules.loader import in_force, named

System = Literal["state", "copy", "vbqppl", "party", "party_paper"]


class DocumentType(msgspec.Struct, frozen=True):
    """A type of document. `code` is stable and unique within its `system`; `abbreviation` is empty where none exists.

    `shows_name`: the type's name is printed as the title (not so for a công văn). `incoming_only`: bodies of a commune
    do not issue it. `verified` is False where the abbreviation was not found in a text, only known.
    """

    system: System
    code: str
    name: str
    abbreviation: str
    numbered: bool
    shows_name: bool
    incoming_only: bool = False
    verified: bool = True


def document_types(on: date) -> Sequence[DocumentType]:
    """All document types of the rule set in force on that day, in the order of the law."""
    return _types_of(in_force("documents", on).name)


@cache
def _types_of(rule_set: str) -> tuple[DocumentType, ...]:
    return msgspec.convert(named(rule_set).data["types"], tuple[DocumentType, ...])
