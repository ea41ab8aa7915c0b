"""The pages of the rollout's programme: milestones, committee, visits, what is late, and the paper of it."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import event

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.rollout import repository

ROLLOUT = "/tong-hop/tien-do"
MOST_STATEMENTS_OF_A_LIST = 4


def typed(days: int) -> str:
    """A day so many days from today, as people type it."""
    return (clock.today() + timedelta(days=days)).strftime("%d/%m/%Y")


def links(html: str, part: str) -> list[str]:
    """The addresses of the things of one kind on a page."""
    return list(dict.fromkeys(re.findall(rf'href="({ROLLOUT}/{part}/[0-9a-f-]{{36}})"', html)))


async def plan(client: Any, **changed: str) -> Any:
    usual = {"scope": "", "kind": "room", "planned_on": typed(-3), "responsible": "Văn phòng", "note": ""}
    return await client.send(f"{ROLLOUT}/moc/moi", {**usual, **changed})


async def visit(client: Any, organ: Organ | None, days: int, purpose: str = "Kiểm tra sổ văn bản") -> str:
    sent = {"kind": "inspection" if organ else "steering", "organ": str(organ.id) if organ else ""}
    answer = await client.send(f"{ROLLOUT}/lam-viec/moi", {**sent, "visit_on": typed(days), "purpose": purpose})
    assert answer.status_code == 303, answer.text
    location: str = answer.headers["location"]
    return location


async def test_a_milestone_is_planned_is_late_and_is_reached(sign_in: Any, watcher: Actor, lam_son: Organ) -> None:
    client = await sign_in(watcher)
    assert (await plan(client, scope=str(lam_son.id))).status_code == 303
    late = (await client.get(f"{ROLLOUT}/moc?tt=tre")).text
    assert "Phòng làm việc chung" in late
    assert "Lam Sơn" in late
    assert "mốc quá hạn" in (await client.get(ROLLOUT)).text
    assert "Phòng làm việc chung" in (await client.get("/tong-hop/hom-nay")).text

    path = links(late, "moc")[0]
    sent = {"planned_on": typed(-3), "done_on": typed(0), "responsible": "Tổ trưởng", "note": ""}
    assert (await client.send(path, sent)).status_code == 303
    assert links((await client.get(f"{ROLLOUT}/moc?tt=tre")).text, "moc") == []
    assert "Đạt, chậm hẹn" in (await client.get(f"{ROLLOUT}/moc?tt=dat")).text
    shown = (await client.get(path)).text
    assert f"Ghi mốc: dự kiến {typed(-3)}, xong {typed(0)}" in shown
    assert "Phòng làm việc chung" not in (await client.get("/tong-hop/hom-nay")).text

    refused = await client.send(path, {**sent, "done_on": typed(1)})
    assert refused.status_code == 422
    assert "Ngày này chưa tới" in refused.text
    assert f'value="{typed(1)}"' in refused.text


async def test_a_wave_gets_one_milestone_or_one_for_each_of_its_organs(
    sign_in: Any, watcher: Actor, lam_son: Organ, giang_son_tay: Organ
) -> None:
    client = await sign_in(watcher)
    assert (await plan(client, scope="tung:1")).status_code == 422, "nobody is in the wave yet"
    for organ in (lam_son, giang_son_tay):
        await client.send(f"{ROLLOUT}/{organ.id}/cap-nhat", {"wave": "1", "state": "planned"})
    await plan(client, scope="dot:1", kind="rules")
    await plan(client, scope="tung:1", kind="calendar", planned_on=typed(30))
    listed = (await client.get(f"{ROLLOUT}/moc")).text
    assert len(links(listed, "moc")) == 3
    board = (await client.get(ROLLOUT)).text
    assert board.count(">Chưa đến hạn: <") == 2, "one mark for each organ"
    assert "Mốc chung" in board


async def test_what_cannot_be_planned_is_refused_by_field(sign_in: Any, watcher: Actor, phuoc_nam: Organ) -> None:
    client = await sign_in(watcher)
    for changed, field in (
        ({"kind": "other"}, "title"),
        ({"kind": "nonsense"}, "kind"),
        ({"planned_on": "31/02/2026"}, "planned_on"),
        ({"scope": str(phuoc_nam.id)}, "scope"),
        ({"scope": "dot:99"}, "scope"),
    ):
        answer = await plan(client, **changed)
        assert answer.status_code == 422, changed
        assert f'href="#f-{field}"' in answer.text, changed
    assert links((await client.get(f"{ROLLOUT}/moc?tt=tat-ca")).text, "moc") == []


async def test_a_milestone_is_given_up_with_a_reason(sign_in: Any, watcher: Actor, lam_son: Organ) -> None:
    client = await sign_in(watcher)
    await plan(client, scope=str(lam_son.id))
    path = links((await client.get(f"{ROLLOUT}/moc")).text, "moc")[0]
    assert (await client.send(f"{path}/bo", {"reason": ""})).status_code == 422
    assert (await client.send(f"{path}/bo", {"reason": "Trùng mốc"})).status_code == 303
    assert (await client.get(path)).status_code == 404


async def test_the_committee_stands_in_the_order_of_its_roles(sign_in: Any, watcher: Actor) -> None:
    client = await sign_in(watcher)
    assert "Chưa ghi thành viên nào" in (await client.get(f"{ROLLOUT}/ban-chi-dao")).text
    for name, role in (("Lê Thị Thư", "secretary"), ("Trần Văn Bình", "member"), ("Phạm Thị An", "head")):
        sent = {"full_name": name, "title": "Chức vụ", "role": role, "since": typed(-30)}
        assert (await client.send(f"{ROLLOUT}/ban-chi-dao/moi", sent)).status_code == 303
    page = (await client.get(f"{ROLLOUT}/ban-chi-dao")).text
    assert page.index("Phạm Thị An") < page.index("Trần Văn Bình") < page.index("Lê Thị Thư")

    first = links(page, "ban-chi-dao")[0]
    sent = {"full_name": "Phạm Thị An", "title": "Phó Bí thư", "role": "head", "since": typed(-30)}
    refused = await client.send(first, {**sent, "until": typed(-31)})
    assert refused.status_code == 422
    assert "Ngày thôi tham gia trước ngày tham gia" in refused.text
    assert (await client.send(first, {**sent, "until": typed(-1)})).status_code == 303
    page = (await client.get(f"{ROLLOUT}/ban-chi-dao")).text
    assert page.index("Trần Văn Bình") < page.index("Đã thôi tham gia") < page.index("Phạm Thị An")


async def test_a_visit_is_held_and_what_follows_is_done(sign_in: Any, watcher: Actor, lam_son: Organ) -> None:
    client = await sign_in(watcher)
    path = await visit(client, lam_son, -2)
    assert "chưa ghi kết quả" in (await client.get("/tong-hop/hom-nay")).text
    early = await client.send(f"{path}/viec", {"task": "Dồn tủ hồ sơ", "due_on": typed(5)})
    assert early.status_code == 409, "nothing follows from what was not held"
    sent = {"state": "held", "visit_on": typed(-2), "people": "Tổ công tác", "rating": "good"}
    assert (await client.send(path, {**sent, "findings": ""})).status_code == 422
    assert (await client.send(path, {**sent, "findings": "Sổ đủ.\nTủ hồ sơ để hai nơi."})).status_code == 303
    asked = {"task": "Dồn tủ hồ sơ", "responsible": "Tổ trưởng", "due_on": typed(-1)}
    assert (await client.send(f"{path}/viec", asked)).status_code == 303
    assert "1 quá hạn" in (await client.get(f"{ROLLOUT}/lam-viec")).text
    home = (await client.get("/tong-hop/hom-nay")).text
    assert "Dồn tủ hồ sơ" in home
    assert "chưa ghi kết quả" not in home

    task = re.findall(r'action="([^"]*/viec/[^"]+)"', (await client.get(path)).text)[0]
    done_on = f"done_on-{task.rpartition('/')[2]}"
    assert (await client.send(task, {done_on: "", "result": ""})).status_code == 422
    assert (await client.send(task, {done_on: typed(1), "result": ""})).status_code == 422
    assert (await client.send(task, {done_on: typed(0), "result": "Đã dồn"})).status_code == 303
    shown = (await client.get(path)).text
    assert f"Xong {typed(0)}" in shown
    assert "Đã dồn" in shown
    assert "Tốt" in shown
    assert "Dồn tủ hồ sơ" not in (await client.get("/tong-hop/hom-nay")).text
    assert "Kiểm tra sổ văn bản" in (await client.get(f"{ROLLOUT}/{lam_son.id}")).text


async def test_a_meeting_of_the_committee_is_of_no_organ_and_a_visit_of_one(sign_in: Any, watcher: Actor) -> None:
    client = await sign_in(watcher)
    path = await visit(client, None, 3, "Họp quý")
    assert "Họp Ban Chỉ đạo: Họp quý" in (await client.get(path)).text
    without = {"kind": "inspection", "organ": "", "visit_on": typed(3), "purpose": "Kiểm tra"}
    assert (await client.send(f"{ROLLOUT}/lam-viec/moi", without)).status_code == 422
    future = {"state": "held", "visit_on": typed(3), "findings": "Xong"}
    assert (await client.send(path, future)).status_code == 422, "it has not come yet"


async def test_another_parent_finds_none_of_it(
    sign_in: Any, watcher: Actor, other_watcher: Actor, lam_son: Organ
) -> None:
    client, stranger = await sign_in(watcher), await sign_in(other_watcher)
    await plan(client, scope=str(lam_son.id))
    milestone = links((await client.get(f"{ROLLOUT}/moc")).text, "moc")[0]
    held = await visit(client, lam_son, 2)
    for path in (milestone, held, f"{ROLLOUT}/{lam_son.id}"):
        assert (await client.get(path)).status_code == 200
        assert (await stranger.get(path)).status_code == 404
    for part in ("moc?tt=tat-ca", "lam-viec"):
        assert "Lam Sơn" not in (await stranger.get(f"{ROLLOUT}/{part}")).text


async def test_lists_go_on_by_pages(
    sign_in: Any, watcher: Actor, lam_son: Organ, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repository, "PAGE_SIZE", 2)
    client = await sign_in(watcher)
    for days in (5, 5, 5, 1, 9):
        await plan(client, scope=str(lam_son.id), planned_on=typed(days))
        await visit(client, lam_son, days)
    for part, query in (("moc", "?tt=mo"), ("lam-viec", "")):
        found: list[str] = []
        path = f"{ROLLOUT}/{part}{query}"
        while path:
            page = (await client.get(path)).text
            found += links(page, part)
            following = re.search(r'href="([^"]+)" rel="next"', page)
            path = following[1].replace("&amp;", "&") if following else ""
        assert len(found) == len(set(found)) == 5, part
    assert (await client.get(f"{ROLLOUT}/moc?sau=nonsense")).status_code == 422


@pytest.mark.parametrize("path", ["/tong-hop", "/tong-hop/hom-nay", ROLLOUT, f"{ROLLOUT}/moc", f"{ROLLOUT}/lam-viec"])
async def test_lists_cost_few_statements(app: Any, sign_in: Any, watcher: Actor, lam_son: Organ, path: str) -> None:
    client = await sign_in(watcher)
    for _more in range(3):
        await plan(client, scope=str(lam_son.id))
        await visit(client, lam_son, 2)
    await client.get(path)
    with counted(app) as statements:
        await client.get(path)
    most = 8 if path.endswith("hom-nay") else MOST_STATEMENTS_OF_A_LIST
    assert len(statements) <= most, statements


class counted:  # noqa: N801 -- reads as a word
    """The statements inside, without those of session and membership."""

    OTHER: Callable[[str], bool] = staticmethod(
        lambda statement: any(part in statement for part in ("set_config", "control.session", "appointment"))
    )

    def __init__(self, app: Any) -> None:
        self.engine = app.state.database.engine.sync_engine
        self.found: list[str] = []

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not self.OTHER(statement):
            self.found.append(statement)

    def __enter__(self) -> list[str]:
        event.listen(self.engine, "before_cursor_execute", self._note)
        return self.found

    def __exit__(self, *_error: object) -> None:
        event.remove(self.engine, "before_cursor_execute", self._note)


async def test_the_printed_rollout_says_who_printed_it_and_when(sign_in: Any, watcher: Actor, lam_son: Organ) -> None:
    client = await sign_in(watcher)
    await plan(client, scope=str(lam_son.id), planned_on=date(2026, 1, 5).strftime("%d/%m/%Y"))
    sheet = (await client.get(f"{ROLLOUT}/in")).text
    assert re.search(rf"In lúc \d\d:\d\d {typed(0)}, {watcher.name} \(", sheet)
    assert "Quá hạn 05/01/2026" in sheet


@pytest.mark.parametrize(
    ("path", "said"),
    [("/tong-hop/in/pdf?ky=thang", "BẢNG TỔNG HỢP"), (f"{ROLLOUT}/in/pdf", "TIẾN ĐỘ HỢP NHẤT VĂN PHÒNG")],
)
async def test_the_paper_has_numbered_pages_and_says_whose_it_is(
    sign_in: Any, watcher: Actor, lam_son: Organ, path: str, said: str
) -> None:
    client = await sign_in(watcher)
    await plan(client, scope=str(lam_son.id))
    answer = await client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    document = pypdfium2.PdfDocument(answer.content)
    width, height = document[0].get_size()
    assert width > height
    text = document[0].get_textpage().get_text_bounded()
    for expected in (said, "Lam Sơn", f"1/{len(document)}", watcher.name, watcher.organ.full_name.upper()):
        assert expected in text
