"""Closed periods: a copy that stays, what is corrected later beside it, and who may close."""

import asyncio
import dataclasses
import re
from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

import pypdfium2
import pytest
from sqlalchemy import delete
from sqlalchemy.exc import ProgrammingError

from lienxa.platform import clock
from lienxa.platform.access.actor import Actor
from lienxa.platform.audit.repository import timeline
from lienxa.platform.db.session import Database, TenantSession
from lienxa.platform.errors import Conflict, Forbidden, InvalidInput, NotFound
from lienxa.platform.rollup import jobs, marks, reading
from lienxa.platform.rollup import repository as figures
from lienxa.platform.rollup.models import rollup_mark
from lienxa.platform.rollup.reading import Counts
from lienxa.platform.tenancy.organs import Organ
from lienxa.tenants.rollout import operations, repository, rules
from lienxa.tenants.rollout.models import ClosedFigure, ClosedPeriod
from lienxa.tenants.rollout.schemas import ClosePeriod

MONTH = date(2026, 9, 1)
AFTER = clock.instant(date(2026, 10, 3), 9)
FIGURES = {
    ("documents.incoming", "party"): 3,
    ("documents.incoming", "committee"): 1200,
    ("documents.overdue", "committee"): 4,
    ("procedures.received", ""): 30,
    ("procedures.solved", "early"): 9,
    ("procedures.solved", "late"): 1,
}


@pytest.fixture(autouse=True)
async def current_figures(database: Database, offices: None) -> None:
    """Nothing waits to be computed: not even what the organs began with."""
    async with database.control() as control:
        await control.execute(delete(rollup_mark))


async def close(
    database: Database, actor: Actor, organs: Sequence[Organ], month: date = MONTH, note: str = ""
) -> ClosedPeriod:
    """Close a month on 03/10/2026."""
    with clock.fixed_at(AFTER):
        async with database.tenant(actor.organ.id) as session:
            return await operations.close_period(session, actor, organs, ClosePeriod(month, note))


async def reopen(database: Database, actor: Actor, period: ClosedPeriod, reason: str = "Bổ sung số liệu") -> None:
    async with database.tenant(actor.organ.id) as session:
        await operations.reopen_period(session, actor, period.id, reason)


async def copied(database: Database, organ: Organ, period_id: UUID) -> dict[UUID, Counts]:
    async with database.tenant(organ.id) as session:
        return await repository.closed_counts(session, period_id)


async def test_a_parent_closes_what_it_may_read_of_those_below_it(
    database: Database, director: Actor, lam_son: Organ, giang_son_tay: Organ, phuoc_nam: Organ, publish: Any
) -> None:
    for organ in (lam_son, giang_son_tay, phuoc_nam):
        await publish(organ, FIGURES, MONTH)
    await publish(lam_son, {("documents.incoming", "party"): 77}, date(2026, 8, 1))
    period = await close(database, director, [giang_son_tay, lam_son], note="Theo công văn số 12")
    assert (period.starts_on, period.ends_on, period.version) == (MONTH, date(2026, 9, 30), 1)
    assert (period.closed_by, period.closed_by_name) == (director.account_id, director.name)
    assert period.closed_by_post == director.acting.title
    assert period.closed_at == AFTER
    assert await copied(database, director.organ, period.id) == {lam_son.id: FIGURES, giang_son_tay.id: FIGURES}
    async with database.tenant(director.organ.id) as session:
        (event,) = await timeline(session, period.id)
    assert (event.action, event.detail["version"]) == ("rollout.close_period", 1)


async def test_a_commune_closes_its_own_report_and_its_parent_learns_when(
    database: Database, office_head: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    await publish(giang_son_tay, FIGURES, MONTH)
    period = await close(database, office_head, [lam_son])
    assert await copied(database, lam_son, period.id) == {lam_son.id: FIGURES}
    await jobs.recompute(database, lam_son.id, "rollout")
    assert lam_son.parent_id is not None
    async with database.tenant(lam_son.parent_id) as session:
        told = (await reading.totals(session, MONTH, MONTH))[lam_son.id]
        with pytest.raises(NotFound):
            await session.find(ClosedPeriod, period.id)
    assert told[rules.REPORT_FIGURE, rules.REPORT_VERSION] == 1
    assert told[rules.REPORT_FIGURE, rules.REPORT_CLOSED_AT] == int(AFTER.timestamp())
    await reopen(database, office_head, period)
    await jobs.recompute(database, lam_son.id, "rollout")
    async with database.tenant(lam_son.parent_id) as session:
        told = (await reading.totals(session, MONTH, MONTH))[lam_son.id]
    assert (rules.REPORT_FIGURE, rules.REPORT_VERSION) not in told, "who reopened it has not closed it"


async def test_what_cannot_be_closed_is_refused_and_leaves_no_trace(
    database: Database, director: Actor, office_head: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    with pytest.raises(InvalidInput) as refused:
        await close(database, director, [lam_son], date(2026, 10, 1))
    assert [(fault.field, fault.remedy) for fault in refused.value.fields] == [("month", "Chốt từ ngày 01/11/2026.")]
    async with database.tenant(lam_son.id) as session:
        await marks.mark(session, "documents")
    for actor in (director, office_head):
        with pytest.raises(Conflict, match="chưa vào số liệu"):
            await close(database, actor, [lam_son])
    async with database.control() as control:
        await control.execute(delete(rollup_mark))
    first = await close(database, director, [lam_son])
    with pytest.raises(Conflict, match=f"đã chốt lúc 09:00 03/10/2026, người chốt: {director.name}"):
        await close(database, director, [lam_son])
    async with database.tenant(director.organ.id) as session:
        assert [one.id for one in await repository.versions(session, MONTH)] == [first.id]
        assert await repository.versions(session, date(2026, 10, 1)) == []


async def test_nothing_is_closed_while_an_organ_is_being_made(
    database: Database, director: Actor, lam_son: Organ
) -> None:
    with pytest.raises(Conflict, match="Dữ liệu của Xã Lam Sơn chưa tạo xong"):
        await close(database, director, [dataclasses.replace(lam_son, state="preparing")])


async def test_a_mark_of_what_no_report_shows_does_not_hold_a_closing_up(
    database: Database, office_head: Actor, lam_son: Organ
) -> None:
    period = await close(database, office_head, [lam_son])
    await reopen(database, office_head, period)
    async with database.control() as control:
        assert ("rollout" in {module for _organ, module in await marks.marked_pairs(control)}) is True
    assert (await close(database, office_head, [lam_son])).version == 2


async def test_only_who_may_closes_and_reopens(
    database: Database, director: Actor, watcher: Actor, clerk: Actor, lam_son: Organ
) -> None:
    for actor in (watcher, clerk):
        with pytest.raises(Forbidden):
            await close(database, actor, [lam_son])
    period = await close(database, director, [lam_son])
    with pytest.raises(Forbidden):
        await reopen(database, watcher, period)
    with pytest.raises(InvalidInput):
        await reopen(database, director, period, "")
    await reopen(database, director, period)
    with pytest.raises(Conflict):
        await reopen(database, director, period)


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_a_closed_copy_never_changes_whatever_happens(
    database: Database, director: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any, seed: int
) -> None:
    chance = Random(seed)
    organs = [lam_son, giang_son_tay]
    kept: dict[UUID, dict[UUID, Counts]] = {}
    open_period: ClosedPeriod | None = None
    for _step in range(25):
        organ = chance.choice(organs)
        match chance.choice(("publish", "publish", "vanish", "close", "reopen")):
            case "publish":
                await publish(organ, {key: chance.randrange(50) for key in FIGURES}, MONTH)
            case "vanish":
                async with database.tenant(organ.id) as session:
                    await figures.remove(session, "documents", await figures.stored(session, "documents"))
            case "close" if open_period is None:
                open_period = await close(database, director, chance.sample(organs, k=chance.randrange(1, 3)))
                assert open_period.version == len(kept) + 1
                kept[open_period.id] = await copied(database, director.organ, open_period.id)
            case "reopen" if open_period is not None:
                await reopen(database, director, open_period)
                open_period = None
    assert len(kept) > 1
    for period_id, before in kept.items():
        assert await copied(database, director.organ, period_id) == before


async def test_the_application_may_not_touch_what_is_closed(
    database: Database, director: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    await close(database, director, [lam_son])
    for change in (delete(ClosedFigure), delete(ClosedPeriod)):
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with database.tenant(director.organ.id) as session:
                await session.execute(change)


async def test_of_two_closings_at_once_one_wins_and_the_other_hears_of_it(
    database: Database, director: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    ended = await asyncio.gather(*(close(database, director, [lam_son]) for _one in range(4)), return_exceptions=True)
    won = [one for one in ended if isinstance(one, ClosedPeriod)]
    assert len(won) == 1
    assert [type(one) for one in ended if one not in won] == [Conflict] * 3
    assert await copied(database, director.organ, won[0].id) == {lam_son.id: FIGURES}


async def test_an_act_during_the_closing_shows_as_a_difference(
    database: Database, director: Actor, lam_son: Organ, publish: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the marks and the copy somebody registers: the closing stands, the act comes after it."""
    await publish(lam_son, FIGURES, MONTH)
    waiting = reading.waiting_since

    async def look_and_let_act(session: TenantSession, modules: Any, *, below: bool) -> Any:
        since = await waiting(session, modules, below=below)
        async with database.tenant(lam_son.id) as other:
            await marks.mark(other, "documents")
        return since

    monkeypatch.setattr(reading, "waiting_since", look_and_let_act)
    period = await close(database, director, [lam_son])
    await publish(lam_son, {("documents.incoming", "party"): 4}, MONTH)
    closed = await copied(database, director.organ, period.id)
    async with database.tenant(director.organ.id) as session:
        live = await reading.totals(session, MONTH, MONTH)
    (found,) = rules.differences([(lam_son.id, lam_son.name)], closed, live, {"documents.incoming": "Văn bản đến"})
    assert (found.title, found.closed, found.live) == ("Văn bản đến: Đảng ủy", 3, 4)
    assert (found.signed, found.word) == ("+1", "tăng 1")


async def test_the_pages_close_show_the_difference_and_reopen(
    sign_in: Any, director: Actor, watcher: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    with clock.fixed_at(AFTER):
        client = await sign_in(director)
        listed = (await client.get("/bao-cao")).text
        assert 'href="/bao-cao/thang/2026-09"' in listed
        shown = (await client.get("/bao-cao/thang/2026-09")).text
        assert "1.203" in shown
        answer = await client.send("/bao-cao/thang/2026-09", {"note": "Công văn <12>"})
        assert answer.status_code == 303
        path = answer.headers["location"]
        again = await client.send("/bao-cao/thang/2026-09", {"note": "Công văn <13>"})
        assert again.status_code == 409
        assert "đã chốt lúc 09:00 03/10/2026" in again.text
        early = await client.send("/bao-cao/thang/2026-10", {"note": "Công văn 14"})
        assert early.status_code == 422
        assert "Chốt từ ngày 01/11/2026." in early.text
        assert "Số liệu hiện nay đúng như lúc chốt." in (await client.get(path)).text
        await publish(lam_son, {("documents.incoming", "committee"): 1198}, MONTH)
        reader = await sign_in(watcher)
        page = (await reader.get(path)).text
        assert "Công văn &lt;12&gt;" in page
        assert re.search(r"−2</strong> <span[^>]*>\(giảm 2\)", page)
        assert re.search(r"1\.203 <span class=\"corrected\">.*?nay 1\.201", page), "the cell says it too"
        assert "Mở lại để chốt lần nữa" not in page
        assert (await reader.send(f"{path}/mo-lai", {"reason": "x"})).status_code == 403
        assert (await client.send(f"{path}/mo-lai", {"reason": ""})).status_code == 422
        assert (await client.send(f"{path}/mo-lai", {"reason": "Sửa sổ"})).headers["location"].endswith("2026-09")
        second = (await client.send("/bao-cao/thang/2026-09")).headers["location"]
        assert "Sửa sổ" in (await client.get(path)).text
        assert "lần 2" in (await client.get(second)).text
        assert (await client.send(f"{path}/mo-lai", {"reason": "lần nữa"})).status_code == 409


async def test_a_commune_has_a_report_of_its_own(
    sign_in: Any, office_head: Actor, clerk: Actor, director: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    with clock.fixed_at(AFTER):
        client = await sign_in(office_head)
        assert "Báo cáo của đơn vị" in (await client.get("/bao-cao")).text
        assert "1.203" in (await client.get("/bao-cao/thang/2026-09")).text
        path = (await client.send("/bao-cao/thang/2026-09")).headers["location"]
        assert "1.203" in (await client.get(path)).text
        assert "1.203" in (await client.get(f"{path}/in")).text
        assert (await (await sign_in(clerk)).get("/bao-cao")).status_code == 403
        assert (await (await sign_in(director)).get(path)).status_code == 404, "a row of the commune"


async def test_another_parent_finds_nothing_of_it(
    database: Database, sign_in: Any, director: Actor, other_watcher: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    period = await close(database, director, [lam_son])
    client = await sign_in(other_watcher)
    for path in (f"/bao-cao/{period.id}", f"/bao-cao/{period.id}/in", f"/bao-cao/{period.id}/in/pdf"):
        assert (await client.get(path)).status_code == 404
    assert "Chưa chốt kỳ nào" in (await client.get("/bao-cao")).text


def text_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


async def test_the_paper_prints_the_copy_with_who_closed_it_and_what_was_corrected(
    database: Database, sign_in: Any, director: Actor, lam_son: Organ, giang_son_tay: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    period = await close(database, director, [giang_son_tay, lam_son])
    client = await sign_in(director)
    path = f"/bao-cao/{period.id}/in"
    with clock.fixed_at(AFTER):
        before = await client.get(path)
        paper = await client.get(f"{path}/pdf")
        assert (await client.get(f"{path}/pdf")).content == paper.content, "the same moment, the same paper"
    assert "Phụ lục" not in before.text
    await publish(lam_son, {("documents.incoming", "committee"): 1300}, MONTH)
    with clock.fixed_at(AFTER):
        after = await client.get(path)
        corrected = text_of((await client.get(f"{path}/pdf")).content)
    table = re.compile(r"<table class=\"overview-print\">.*?</table>", re.DOTALL)
    assert table.findall(before.text)[0] == table.findall(after.text)[0], "the copy prints the same"
    assert "+100 (tăng 100)" in table.findall(after.text)[1]
    said = f"Chốt lần 1 lúc 09:00 03/10/2026, người chốt: {director.name}"
    assert said in after.text
    assert said in re.sub(r"\s+", " ", corrected)
    assert "Phụ lục" in corrected
    assert "1.303" in corrected or "+100" in corrected


async def test_lists_and_pages_cost_few_statements(
    database: Database, sign_in: Any, statements: Any, director: Actor, lam_son: Organ, publish: Any
) -> None:
    await publish(lam_son, FIGURES, MONTH)
    period = await close(database, director, [lam_son])
    client = await sign_in(director)
    with clock.fixed_at(AFTER):
        for path, most in (("/bao-cao", 3), ("/bao-cao/thang/2026-09", 5), (f"/bao-cao/{period.id}", 6)):
            await client.get(path)
            with statements() as sent:
                assert (await client.get(path)).status_code == 200
            assert len(sent.work) <= most, f"{path}\n{sent}"


async def test_the_list_has_pages(
    database: Database, sign_in: Any, director: Actor, lam_son: Organ, monkeypatch: pytest.MonkeyPatch
) -> None:
    for month in (7, 8, 9):
        await close(database, director, [lam_son], date(2026, month, 1))
    monkeypatch.setattr(repository, "PAGE_SIZE", 2)
    monkeypatch.setattr(repository.period_page, "__defaults__", (2,))
    client = await sign_in(director)
    first = (await client.get("/bao-cao")).text
    following = re.search(r'href="(/bao-cao\?sau=[^"]+)"', first)
    assert following
    second = (await client.get(following[1])).text
    assert ("Tháng 8/2026</a>" in first, "Tháng 7/2026</a>" in first) == (True, False)
    assert ("Tháng 8/2026</a></td>" in second, "Tháng 7/2026</a>" in second) == (False, True)
