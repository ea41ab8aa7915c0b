"""Papers come in and go out, books and terms end."""

from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from tests.platform.rest.successes.world import Person, World

from lienxa.platform import clock
from lienxa.platform.operator.invented import sample_pdf
from lienxa.tenants.documents.jobs import make_book_file

PDF = sample_pdf("Phòng, chống rét")
FILE = {"file": ("van-ban.pdf", PDF, "application/pdf")}
_numbers = count(7001)


def entry() -> dict[str, Any]:
    """An incoming paper that nobody has entered yet."""
    return {
        "body": "committee",
        "author_organ": "UBND huyện Đô Lương",
        "author_symbol": f"{next(_numbers)}/UBND-NN",
        "type": "state/cong-van",
        "abstract": "Phòng, chống rét cho gia súc",
    }


def draft(signer: Person) -> dict[str, Any]:
    """A draft for that signature."""
    return {
        "body": "committee",
        "type": "state/cong-van",
        "abstract": "Báo cáo kết quả phòng, chống rét",
        "recipients": "UBND huyện",
        "signer": signer.id,
    }


async def walk(world: World) -> None:
    """Every operation of the books."""
    await _incoming(world)
    await _outgoing(world)
    await _files(world)
    await _books(world)
    await _series(world)


async def _incoming(world: World) -> None:
    clerk, head = await world.person("clerk", "Văn thư"), await world.person("office_head")
    leader, specialist = await world.person("leader", "Chủ tịch UBND"), await world.person("specialist", "Tư pháp")
    administrator = await world.person("administrator")
    handlers = {"lead": specialist.id, "text": "Tham mưu trả lời."}

    async def registered() -> str:
        return str((await world.told(clerk, "RegisterIncoming", entry()))["id"])

    async def directed() -> str:
        paper = await registered()
        await world.call(head, "ProposeHandling", handlers, document_id=paper)
        await world.call(leader, "GiveDirection", handlers, document_id=paper)
        return paper

    body = next(one["id"] for one in await world.told(clerk, "ListBodies") if one["code"] == "committee")
    intake = {"proposal_required": True, "direct_types": ["state/cong-van"]}
    await world.call(administrator, "ChangeIntake", intake, body_id=body)
    paper = await directed()
    given = await world.told(clerk, "HandOverDocument", {"receivers": [specialist.id]}, document_id=paper)
    hand_over = given["hand_overs"][0]["id"]
    await world.call(specialist, "AcknowledgeDocument", document_id=paper, hand_over_id=hand_over)
    await world.call(specialist, "CompleteIncoming", {"note": "Đã báo cáo."}, document_id=paper)
    await world.call(clerk, "NoteInBook", {"note": "Lưu hồ sơ"}, document_id=paper)
    await world.call(specialist, "AnswerWithDraft", draft(leader), document_id=await directed())

    routed = await registered()
    await world.call(head, "RouteDirectly", handlers, document_id=routed)
    wrong = await registered()
    corrected = {name: value for name, value in entry().items() if name != "body"}
    await world.call(clerk, "CorrectEntry", corrected, document_id=wrong)
    await world.call(clerk, "StrikeEntry", {"reason": "Vào sổ nhầm."}, document_id=wrong)
    two = [await registered(), await registered()]
    for who, operation_id in ((head, "ProposeSelected"), (leader, "DirectSelected")):
        done = await world.told(who, operation_id, {"ids": two, **handlers})
        assert [one["done"] for one in done] == [True, True], operation_id
    for operation_id in ("GetDocument", "GetDocumentTimeline"):
        await world.call(clerk, operation_id, document_id=paper)


async def _outgoing(world: World) -> None:
    clerk, head = await world.person("clerk", "Văn thư"), await world.person("office_head")
    leader, specialist = await world.person("leader", "Chủ tịch UBND"), await world.person("specialist", "Tư pháp")

    async def submitted() -> str:
        paper = str((await world.told(specialist, "CreateDraft", draft(leader)))["id"])
        await world.call(specialist, "AttachFile", document_id=paper, files=FILE, fields={"role": "main"})
        await world.call(specialist, "SubmitDraft", document_id=paper)
        return paper

    async def signed() -> str:
        paper = await submitted()
        await world.call(head, "CheckContent", {}, document_id=paper)
        await world.call(clerk, "CheckForm", document_id=paper)
        await world.call(leader, "SignDocument", document_id=paper)
        return paper

    paper = await submitted()
    await world.call(specialist, "WithdrawDraft", document_id=paper)
    await world.call(specialist, "ReviseDraft", draft(leader), document_id=paper)
    await world.call(specialist, "SubmitDraft", document_id=paper)
    await world.call(head, "ReturnDraft", {"reason": "Ghi rõ căn cứ."}, document_id=paper)
    await world.call(specialist, "DiscardDraft", {"reason": "Không cần nữa."}, document_id=paper)
    paper = await signed()
    await world.call(clerk, "GiveNumber", document_id=paper)
    await world.call(clerk, "IssueDocument", {"copies": 3}, document_id=paper)
    two = [await signed(), await signed()]
    for operation_id in ("NumberSelected", "IssueSelected"):
        done = await world.told(clerk, operation_id, {"ids": two})
        assert [one["done"] for one in done] == [True, True], operation_id


async def _files(world: World) -> None:
    clerk = await world.person("clerk", "Văn thư")
    paper = (await world.told(clerk, "RegisterIncoming", entry()))["id"]
    (file,) = (await world.told(clerk, "AttachFile", document_id=paper, files=FILE))["files"]
    place = {"document_id": paper, "file_id": file["id"]}
    assert (await world.call(clerk, "ReadFile", **place)).content == PDF
    assert (await world.told(clerk, "ListPages", **place))["state"] == "wanted"
    await world.draw_pages()
    drawn = await world.told(clerk, "ListPages", **place)
    await world.call(clerk, "ReadPage", **place, number=drawn["pages"][0]["number"])
    await world.call(clerk, "DetachFile", **place)


async def _books(world: World) -> None:
    clerk = await world.person("clerk", "Văn thư")
    for operation_id in ("ListIncoming", "ListOutgoing", "ReadBook", "ListDocumentTypes"):
        await world.call(clerk, operation_id)
    year = f"{clock.today().year}"
    ordered = await world.told(clerk, "OrderBookFile", {"book": "incoming", "period": year})
    await make_book_file(world.database, world.commune.id, UUID(ordered["id"]))
    assert (await world.told(clerk, "GetBookFile", book_file_id=ordered["id"]))["state"] == "made"
    await world.call(clerk, "ReadBookFile", book_file_id=ordered["id"])
    paper = (await world.told(clerk, "RegisterIncoming", entry()))["id"]
    async with world.at(clock.instant(date(clock.today().year + 1, 1, 4), 8)):
        clerk = await world.person("clerk", "Văn thư")
        books = await world.told(clerk, "ListEndedBooks")
        ended = next(book for book in books if (book["direction"], book["period"]) == ("incoming", year))
        closed = {
            **{name: ended[name] for name in ("direction", "period", "body_id")},
            "signer": "Tổ trưởng Văn phòng",
            "volumes": 2,
            "kept_at": "Tủ 2",
        }
        sheet = (await world.call(clerk, "CloseBook", closed)).headers["location"].split("/")[-2]
        await world.call(clerk, "ReadClosingSheet", closing_id=sheet)
        await world.call(clerk, "StrikeEntry", {"reason": "Vào sổ hai lần."}, document_id=paper)
        await world.call(clerk, "ReadBookSupplement", closing_id=sheet)


async def _series(world: World) -> None:
    administrator = await world.person("administrator")
    series = {line["code"]: line for line in await world.told(administrator, "ListSeries")}
    raised = series["committee/CV"]["next_number"] + 10
    opening = {"code": "committee/CV", "next_number": raised, "reason": "Đã cấp trên sổ giấy."}
    await world.call(administrator, "SetOpeningNumber", opening)
    body = next(one["id"] for one in await world.told(administrator, "ListBodies") if one["code"] == "committee")
    await world.call(administrator, "GetBodyBooks", body_id=body)
    shared = {"types": ["state/ke-hoach"], "target": "committee/CV"}
    await world.call(administrator, "ShareSeries", shared, body_id=body)
    await world.call(administrator, "KeepCommonBook", {"common": False})
    today = clock.today()
    congress = {"label": "Đại hội 2030-2035", "opened_on": str(today - timedelta(days=2))}
    await world.call(administrator, "OpenCongress", congress)
    await world.call(administrator, "CloseTerm", {"label": "2030-2035", "closed_on": str(today)})
    assert len(await world.told(administrator, "ListTerms")) == 3
    await world.call(administrator, "DropTerm")
    assert len(await world.told(administrator, "DropCongress")) == 1
