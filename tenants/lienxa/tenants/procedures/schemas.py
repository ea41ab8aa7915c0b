"""What goes into the verbs."""

from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from lienxa.tenants.documents.api import Attachment

CloseAct = Literal["refuse", "withdraw", "stop"]


class ReceiveCase(msgspec.Struct, frozen=True):
    """A dossier brought to the counter. `procedure_key` names the version in use.

    `papers` are those of the procedure's papers that were brought; `agreed_on` the day agreed with the citizen, only
    where the procedure sets no time.
    """

    procedure_key: str
    applicant_name: str
    applicant_phone: str = ""
    applicant_address: str = ""
    papers: tuple[str, ...] = ()
    note: str = ""
    agreed_on: date | None = None


class HandOver(msgspec.Struct, frozen=True):
    """The counter hands a dossier to the person who handles it."""

    case_id: UUID
    handler_id: UUID


class AskSupplement(msgspec.Struct, frozen=True):
    """The handler says, once and fully, what is missing."""

    case_id: UUID
    request: str


class SupplyPapers(msgspec.Struct, frozen=True):
    """The missing papers came to the counter."""

    case_id: UUID
    papers: str = ""


class DraftResult(msgspec.Struct, frozen=True):
    """The handler puts the result before a leader; `result` says what it is.

    `file` is its text; without one the text that was put before the leader earlier stays.
    """

    case_id: UUID
    result: str
    signer_id: UUID
    file: Attachment | None = None


class ReturnDraft(msgspec.Struct, frozen=True):
    """The leader gives the draft back to the handler with the reason."""

    case_id: UUID
    reason: str


class Apologise(msgspec.Struct, frozen=True):
    """The result will be late: the reason, and the one new date."""

    case_id: UUID
    reason: str
    new_date: date


class ReturnResult(msgspec.Struct, frozen=True):
    """The counter gives the result to `returned_to`."""

    case_id: UUID
    returned_to: str


class CloseCase(msgspec.Struct, frozen=True):
    """A case ends without a result."""

    case_id: UUID
    act: CloseAct
    reason: str
