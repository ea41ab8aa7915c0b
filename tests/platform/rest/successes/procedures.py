"""Cases come in at the counter, are handled, decided and handed back, or end otherwise."""

from typing import Any

from tests.platform.rest.successes.world import World

from lienxa.platform.operator.invented import sample_pdf

BIRTH = {"procedure": "1.001193", "applicant_name": "Nguyễn Văn Ân", "papers": ["Tờ khai"]}
DECIDED = {"procedure": "1.001776", "applicant_name": "Trần Thị Bình"}  # its result is a decision
FILE = {"file": ("quyet-dinh.pdf", sample_pdf("Quyết định"), "application/pdf")}


async def walk(world: World) -> None:
    """Every operation of the one-stop."""
    await _catalogue(world)
    await _to_the_result(world)
    await _to_another_end(world)


async def _catalogue(world: World) -> None:
    stranger, leader = await world.stranger(), await world.person("leader", "Chủ tịch UBND")
    await world.call(stranger, "ListProcedures")
    await world.call(stranger, "GetProcedure", key=BIRTH["procedure"])
    rules = await world.told(leader, "GetOneStopRules")
    await world.call(leader, "ChangeOneStopRules", rules)


async def _to_the_result(world: World) -> None:
    counter, handler = await world.person("counter"), await world.person("specialist", "Tư pháp")
    leader, clerk = await world.person("leader", "Chủ tịch UBND"), await world.person("clerk", "Văn thư")
    case = (await world.told(counter, "ReceiveCase", DECIDED))["id"]
    assert handler.id in [one["staff_id"] for one in await world.told(counter, "ListHandlers")]
    assert leader.id in [one["staff_id"] for one in await world.told(handler, "ListSigners")]
    await world.call(counter, "PrintReceipt", case_id=case)
    secret = await world.told(counter, "GetCaseSecret", case_id=case)
    asked: dict[str, Any] = {"query": {"code": secret["code"]}, "headers": {"case-secret": secret["secret"]}}
    await world.call(await world.stranger(), "LookUpCase", **asked)
    await world.call(counter, "HandOverCase", {"handler": handler.id}, case_id=case)
    await world.call(handler, "AskSupplement", {"request": "Giấy xác nhận"}, case_id=case)
    await world.call(counter, "SupplyPapers", {"papers": "Giấy xác nhận"}, case_id=case)
    drafted = {"result": "Quyết định trợ cấp", "signer": leader.id}
    await world.call(handler, "DraftResult", fields=drafted, files=FILE, case_id=case)
    await world.call(leader, "ReturnDraftResult", {"reason": "Ghi rõ căn cứ."}, case_id=case)
    await world.call(handler, "DraftResult", fields=drafted, files=FILE, case_id=case)
    await world.call(leader, "ReadResultFile", case_id=case)
    await world.call(leader, "SignResult", case_id=case)
    await world.call(clerk, "SealResult", case_id=case)
    await world.call(counter, "ReturnResult", {"returned_to": "Trần Thị Bình"}, case_id=case)
    for operation_id in ("GetCase", "GetCaseTimeline"):
        await world.call(counter, operation_id, case_id=case)
    await world.call(counter, "ListCases")


async def _to_another_end(world: World) -> None:
    counter, handler = await world.person("counter"), await world.person("specialist", "Tư pháp")

    async def handed_over() -> str:
        case = (await world.told(counter, "ReceiveCase", BIRTH))["id"]
        await world.call(counter, "HandOverCase", {"handler": handler.id}, case_id=case)
        return str(case)

    late = await handed_over()
    apology = {"reason": "Chờ xác minh.", "new_date": "2027-11-29"}
    for form in (await world.told(handler, "Apologise", apology, case_id=late))["forms"]:
        await world.call(handler, "PrintCaseForm", case_id=late, form=form)
    reason = {"reason": "Chưa đủ điều kiện."}
    for who, operation_id in ((handler, "RefuseCase"), (handler, "StopCase"), (counter, "WithdrawCase")):
        await world.call(who, operation_id, reason, case_id=await handed_over())
