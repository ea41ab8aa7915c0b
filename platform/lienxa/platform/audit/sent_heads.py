"""Heads of the chain by mail (design: security, 7): what is in somebody's mailbox nobody changes in the database.

A letter has one line a head, with the organ, the number, the mac and the day, and a signature under the trail's key: so
a line that is brought back later can be told from an invented one, and the trail be held against it.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select

from lienxa.platform import clock
from lienxa.platform.audit import sealing
from lienxa.platform.audit.models import HeadReceiver
from lienxa.platform.audit.sealing import Head, Keys, TrailSession
from lienxa.platform.db.session import TenantSession
from lienxa.platform.mail.letters import Letter
from lienxa.platform.tenancy.organs import Organ
from lienxa.platform.text import _

PAGE = "/quan-tri/nhat-ky/dau-niem"
MOST_RECEIVERS = 10
# Mail programs break long lines and put signs of quotation before them, so gaps may be anything that is neither.
_GAP = r"[\s>]+"
_LINE = re.compile(
    r"lienxa-head"
    + _GAP
    + _GAP.join((r"([0-9a-f-]{36})", r"(\d{1,18})", r"([0-9a-f]{64})", r"(\d{4}-\d\d-\d\d)", r"([0-9a-f]{64})"))
)


class Answer(StrEnum):
    """How the trail stands to a head that was brought back."""

    HOLDS = "holds"
    CHANGED = "changed"
    CUT_OFF = "cut_off"
    FORGED = "forged"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class SentHead:
    """The end of a chain on a day, as a letter says it: an organ's, or (`operators.OPERATORS`) the operators'."""

    tenant_id: UUID
    head: Head
    day: date
    signature: bytes

    @property
    def line(self) -> str:
        """How it stands in the letter."""
        head = self.head
        return f"lienxa-head {self.tenant_id} {head.number} {head.mac.hex()} {self.day} {self.signature.hex()}"

    def is_ours(self, keys: Keys) -> bool:
        """Whether it was signed with one of those keys."""
        expected = [_signature(key, self.tenant_id, self.head, self.day) for key in keys]
        return any(hmac.compare_digest(signature, self.signature) for signature in expected)


def signed(keys: Keys, tenant_id: UUID, head: Head) -> SentHead:
    """The head of today, with the newest key."""
    day = clock.today()
    return SentHead(tenant_id, head, day, _signature(keys[0], tenant_id, head, day))


def read(text: str) -> Iterator[SentHead]:
    """The heads in a letter, or in a part of one, however it was folded or quoted."""
    for tenant_id, number, mac, day, signature in _LINE.findall(text):
        try:
            head = Head(int(number), bytes.fromhex(mac))
            yield SentHead(UUID(tenant_id), head, date.fromisoformat(day), bytes.fromhex(signature))
        except ValueError:
            continue


async def compare(session: TrailSession, keys: Keys, sent: SentHead) -> Answer:
    """Hold the trail of the session against a head that was sent."""
    if sent.tenant_id != sealing.place_of(session):
        return Answer.ELSEWHERE
    if not sent.is_ours(keys):
        return Answer.FORGED
    if await sealing.holds(session, sent.head):
        return Answer.HOLDS
    return Answer.CUT_OFF if (await sealing.last_head(session)).number < sent.head.number else Answer.CHANGED


def letter(organ: Organ, sent: SentHead, address: str) -> Letter:
    """The letter to a receiver of one organ; `address` is that of the organ's host."""
    return Letter(
        _("Dấu niêm nhật ký ngày {day:%d/%m/%Y} - {organ}", day=sent.day, organ=organ.full_name),
        [
            _(
                "Đến ngày {day:%d/%m/%Y}, nhật ký của {organ} có {number} dòng đã niêm.",
                day=sent.day,
                organ=organ.full_name,
                number=sent.head.number,
            ),
            _(
                "Giữ thư này. Dòng dưới đây là dấu niêm cuối: khi cần biết nhật ký có bị sửa hay bị cắt bớt không, "
                "dán dòng ấy vào trang Dấu niêm nhật ký."
            ),
        ],
        [sent.line],
        (_("Trang Dấu niêm nhật ký"), address + PAGE),
    )


def letter_of_all(sent: Sequence[SentHead]) -> Letter:
    """The letter to a receiver of the installation."""
    return Letter(
        _("Dấu niêm của {count} nhật ký, ngày {day:%d/%m/%Y}", count=len(sent), day=clock.today()),
        [
            _(
                "Giữ thư này. Mỗi dòng dưới đây là dấu niêm cuối của nhật ký một đơn vị, hoặc của nhật ký vận hành; "
                "kiểm tra lại bằng lệnh: lienxa audit verify --received <tệp thư>."
            )
        ],
        [one.line for one in sent],
    )


async def receivers(session: TenantSession) -> Sequence[str]:
    """The addresses to which the heads of the session's organ go."""
    return (await session.scalars(select(HeadReceiver.address).order_by(HeadReceiver.address))).all()


async def set_receivers(session: TenantSession, addresses: Sequence[str]) -> None:
    """Let them go to these addresses alone."""
    await session.execute(delete(HeadReceiver))
    session.add_all(HeadReceiver(address=address) for address in sorted(set(addresses)))
    await session.flush()


def _signature(key: bytes, tenant_id: UUID, head: Head, day: date) -> bytes:
    content = b"|".join((b"sent head", tenant_id.bytes, str(head.number).encode(), head.mac, str(day).encode()))
    return hmac.new(key, content, hashlib.sha256).digest()
