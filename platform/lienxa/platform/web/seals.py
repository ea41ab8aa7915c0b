"""What the pages of seals (dấu niêm) share, an organ's and the operators': heads held against letters, and letters.

The trail is that of the session (`audit.sealing`).
"""

from collections.abc import Sequence

from lienxa.platform.audit import sent_heads
from lienxa.platform.audit.sealing import TrailSession
from lienxa.platform.audit.sent_heads import Answer, SentHead
from lienxa.platform.mail import outbox
from lienxa.platform.mail.models import FAILED, SENT, Mail
from lienxa.platform.settings import get_settings
from lienxa.platform.text import _
from lienxa.platform.web.forms import FormReader
from lienxa.platform.web.page import Badge

_ANSWERS = {
    Answer.HOLDS: Badge("ok", _("Khớp: đến dấu niêm này nhật ký không bị sửa, không bị cắt")),
    Answer.CHANGED: Badge("late", _("KHÔNG KHỚP: nhật ký đã bị sửa sau khi gửi thư này")),
    Answer.CUT_OFF: Badge("late", _("KHÔNG KHỚP: phần cuối nhật ký đã bị cắt mất")),
    Answer.FORGED: Badge(
        "warn", _("Dòng này không do hệ thống gửi, hoặc đã bị sửa, hoặc được ký bằng khóa cũ không còn nêu")
    ),
    Answer.ELSEWHERE: Badge("warn", _("Dòng này là của nhật ký khác")),
}
_LONGEST_LETTER = 200_000

Compared = Sequence[tuple[SentHead, Badge]]


def received(form: FormReader) -> Sequence[SentHead]:
    """The heads in the letter that was pasted; raises `InvalidInput` if there is none."""
    found = list(sent_heads.read(form.text("received", _("Nội dung thư"), required=True, max=_LONGEST_LETTER)))
    if form.values["received"] and not found:
        form.refuse(
            "received", _("Không thấy dấu niêm nào trong đoạn này."), _("Dán cả dòng bắt đầu bằng lienxa-head.")
        )
    form.check()
    return found


async def compared(session: TrailSession, found: Sequence[SentHead]) -> Compared:
    """Each of them held against the trail of the session."""
    keys = get_settings().audit_keys
    return [(sent, _ANSWERS[await sent_heads.compare(session, keys, sent)]) for sent in found]


async def letters(session: TrailSession) -> Sequence[tuple[Mail, Badge]]:
    """The last letters of the session's organ, or of the installation, and how they stand."""
    return [(mail, standing(mail)) for mail in await outbox.latest(session)]


def standing(mail: Mail) -> Badge:
    """How a letter stands."""
    if mail.state == SENT:
        return Badge("ok", _("Đã gửi"))
    if mail.state == FAILED:
        return Badge("late", _("Không gửi được"))
    return Badge("warn", _("Sẽ gửi lại")) if mail.tries else Badge("neutral", _("Đang gửi"))
