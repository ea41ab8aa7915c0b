"""Letters through a real mail server: TLS and login, refusals in its own words, headers that hold."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any
from uuid import UUID

import pytest

from lienxa.platform.mail import letters, sending
from lienxa.platform.mail.letters import Letter
from lienxa.platform.mail.sending import Refused
from lienxa.platform.settings import Settings

Given = Callable[..., Settings]
MAIL = UUID("01a210fb-f8cb-7b82-a949-5a9f63fd91a3")
LETTER = Letter(
    "Dấu niêm nhật ký xã Lam Sơn",
    ["Giữ thư này.", "1 < 2 & <b>đậm</b>"],
    ["lienxa-head " + "a" * 200],
    ("Trang Dấu niêm", "http://lam-son.localhost:8000/quan-tri/nhat-ky/dau-niem"),
)


def message(receiver: str = "quan-tri@lam-son.example", letter: Letter = LETTER) -> EmailMessage:
    return letters.message(
        mail_id=MAIL,
        sender="khong-tra-loi@lien-xa.example",
        receiver=receiver,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        written_at=datetime(2026, 11, 24, 2, 0, tzinfo=UTC),
    )


async def send(settings: Settings, sent: EmailMessage) -> Refused | None:
    return await asyncio.to_thread(sending.send, settings, sent)


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
async def test_a_letter_arrives_whole(mail_server: Any, mail_settings: Given, security: str) -> None:
    mailbox = mail_server(security=security)
    assert await send(mail_settings(mailbox, smtp_security=security), message()) is None
    (taken,) = mailbox.taken
    assert mailbox.secured == [security != "none"]
    assert taken["Subject"] == LETTER.subject
    assert (taken["From"], taken["To"]) == ("Liên Xã <khong-tra-loi@lien-xa.example>", "quan-tri@lam-son.example")
    assert taken["Message-ID"] == f"<{MAIL}@lien-xa.example>"
    assert taken["Auto-Submitted"] == "auto-generated"
    plain, html = (taken.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert plain.get_content().replace("\r\n", "\n") == LETTER.text
    assert LETTER.lines[0] in html.get_content()
    assert "&lt;b&gt;đậm" in html.get_content()


async def test_a_probe_goes_as_far_as_the_login_and_hands_over_nothing(mail_server: Any, mail_settings: Given) -> None:
    mailbox = mail_server()
    assert await asyncio.to_thread(sending.probe, mail_settings(mailbox)) is None
    refused = await asyncio.to_thread(sending.probe, mail_settings(mailbox, smtp_user="khac"))
    assert refused is not None
    assert "không nhận tài khoản" in refused.reason
    assert mailbox.taken == []


async def test_a_server_without_login_takes_it_too(mail_server: Any, mail_settings: Given) -> None:
    mailbox = mail_server(login=False)
    assert await send(mail_settings(mailbox, smtp_user=""), message()) is None


async def test_what_the_server_refuses_for_good_and_for_now(mail_server: Any, mail_settings: Given) -> None:
    answers = {"khong-co@lam-son.example": "550 5.1.1 Khong co hop thu nay", "day@lam-son.example": "452 4.2.2 Day"}
    mailbox = mail_server(answers=answers)
    settings = mail_settings(mailbox)
    gone = await send(settings, message("khong-co@lam-son.example"))
    full = await send(settings, message("day@lam-son.example"))
    assert gone == Refused("550 5.1.1 Khong co hop thu nay", final=True)
    assert full == Refused("452 4.2.2 Day", final=False)


async def test_what_is_ours_to_mend_is_not_final(mail_server: Any, mail_settings: Given) -> None:
    mailbox, plain = mail_server(), mail_server(security="none")
    closed = mail_settings(1)
    for settings, said in (
        (mail_settings(mailbox, smtp_user="khac"), "không nhận tài khoản"),
        (mail_settings(mailbox, smtp_ca_file=""), "Chứng thư"),
        (mail_settings(plain), "STARTTLS"),
        (closed, "ConnectionRefusedError"),
    ):
        refused = await send(settings, message())
        assert refused is not None
        assert not refused.final
        assert said in refused.reason
    assert mailbox.taken == plain.taken == []


def test_nobody_writes_a_header_of_their_own() -> None:
    sneaky = Letter("Xin chào\r\nBcc: ke-gian@elsewhere.example\n\nThân thư", ["..."])
    made = message(letter=sneaky)
    assert made["Bcc"] is None
    assert made["Subject"] == "Xin chào Bcc: ke-gian@elsewhere.example Thân thư"
    for address in ("a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "không có"):
        with pytest.raises(ValueError, match=r".*"):
            message(receiver=address)
