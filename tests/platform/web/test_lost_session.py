"""Whoever lost their session while writing comes back to the page on which it stands."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from lienxa.platform.tenancy.organs import Organ

ID = "01a20f81-e58f-7adc-8349-23f9fe0fcd39"
HERE = "http://lam-son.localhost:8000"


CASES = (
    ("/van-ban/den/moi", f"{HERE}/van-ban/den/moi", "/van-ban/den/moi"),
    ("/lich/moi", f"{HERE}/lich/moi?ngay=2026-11-25&tu=8:00", "/lich/moi?ngay=2026-11-25&tu=8:00"),
    (f"/van-ban/{ID}/chi-dao", f"{HERE}/viec-cua-toi", f"/van-ban/{ID}/chi-dao"),  # a form in a dialog
    (f"/van-ban/{ID}/gach-so", f"{HERE}/van-ban/{ID}", f"/van-ban/{ID}"),
    (f"/van-ban/{ID}/gach-so", f"{HERE}/van-ban/{ID}/gach-so", f"/van-ban/{ID}"),  # it was refused once before
    (f"/van-ban/{ID}/gach-so", "", f"/van-ban/{ID}"),
    (f"/van-ban/{ID}/gach-so", "https://elsewhere.example/trap", f"/van-ban/{ID}"),
    (f"/van-ban/{ID}/gach-so", "http://lam-son.localhost:8000@elsewhere.example/trap", f"/van-ban/{ID}"),
    ("/chuc-vu", f"{HERE}/van-ban/den?xem=moi", "/van-ban/den?xem=moi"),
)


async def test_a_sent_form_leads_back_to_its_page(visit: Any, lam_son: Organ) -> None:
    nobody = await visit(lam_son)
    for sent_to, sent_from, leads_to in CASES:
        headers = {"referer": sent_from} if sent_from else {}
        answer = await nobody.http.post(sent_to, data={"reason": "Nhầm"}, headers=headers)
        assert answer.status_code == 303
        address = urlsplit(answer.headers["location"])
        assert address.path == "/dang-nhap"
        assert parse_qs(address.query)["ve"] == [leads_to], sent_to
