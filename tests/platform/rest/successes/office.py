"""People come, are appointed, lend rights, hand their work over and leave; bodies, units and posts change."""

from datetime import timedelta
from io import BytesIO
from typing import Any

from PIL import Image
from tests.platform.rest.successes.world import World

from lienxa.platform import clock


async def walk(world: World) -> None:
    """Every operation of the office."""
    await _reading(world)
    await _profile(world)
    await _units(world)
    await _people(world)
    await _showing(world)
    await _lending(world)
    await _notices(world)
    await _leaving(world)


def seen(thing: dict[str, Any]) -> dict[str, int]:
    """Which version of a thing was looked at."""
    return {"version": thing["version"]}


async def _reading(world: World) -> None:
    clerk, administrator = await world.person("clerk", "Văn thư"), await world.person("administrator")
    await world.call(clerk, "GetCaller")
    for operation_id in ("ListBodies", "ListUnits", "ListPosts", "ListWork"):
        await world.call(clerk, operation_id)
    await world.call(clerk, "ListPeople")
    await world.call(clerk, "SearchEverything", query={"q": "ngân sách"})
    await world.call(administrator, "SearchTrail")
    for operation_id in ("ListRoles", "ListStaff"):
        await world.call(administrator, operation_id)
    await world.call(administrator, "GetRightsOfPerson", staff_id=clerk.id)


async def _profile(world: World) -> None:
    administrator = await world.person("administrator")
    present = await world.told(administrator, "GetProfile")
    changed = {"title": "Xã Lam Sơn", "phone": "0238 3871 234", **seen(present)}
    present = await world.told(administrator, "ChangeProfile", changed)
    emblem = BytesIO()
    Image.new("RGB", (200, 200), "#9b1c1f").save(emblem, "PNG")
    files = {"file": ("bieu-trung.png", emblem.getvalue(), "image/png")}
    await world.call(administrator, "ChangeEmblem", files=files, fields={"version": str(present["version"])})
    body = (await world.told(administrator, "ListBodies"))[0]
    kept = {name: body[name] for name in ("name", "symbol", "in_use", "version")}
    await world.call(administrator, "ChangeBody", {**kept, "position": 77}, body_id=body["id"])


async def _units(world: World) -> None:
    administrator = await world.person("administrator")
    named = {"name": "Phòng Kinh tế số", "symbol": "PKTS", "position": 90}
    unit = await world.told(administrator, "AddUnit", named)
    for operation_id, sent in (("ChangeUnit", {**named, "position": 91}), ("CloseUnit", {}), ("ReopenUnit", {})):
        unit = await world.told(administrator, operation_id, {**sent, **seen(unit)}, unit_id=unit["id"])


async def _people(world: World) -> None:
    administrator = await world.person("administrator")
    present = (await world.told(administrator, "ListPosts"))[0]
    role = (await world.told(administrator, "ListRoles"))[0]
    named = {"title": "Cán bộ số hóa", "unit": present["unit_id"], "role": role["id"], "position": 99}
    post = await world.told(administrator, "AddPost", named)
    post = await world.told(administrator, "ChangePost", {**named, "position": 98, **seen(post)}, post_id=post["id"])
    today = clock.today()

    person = await world.told(administrator, "Enrol", {"full_name": "Lò Thị Mơ", "username": "lo-thi-mo"})
    member = {"staff_id": person["id"]}
    person = await world.told(administrator, "RenamePerson", {"full_name": "Lò Thị Mận", **seen(person)}, **member)
    certified = {"ends_on": str(today + timedelta(days=300)), **seen(person)}
    person = await world.told(administrator, "NoteCertificate", certified, **member)
    tomorrow = {"staff": person["id"], "held_from": str(today + timedelta(days=1))}
    (later,) = (await world.told(administrator, "Appoint", tomorrow, post_id=post["id"]))["holdings"]
    await world.call(administrator, "CancelAppointment", appointment_id=later["id"])
    held = {"staff": person["id"], "held_from": str(today)}
    (holding,) = (await world.told(administrator, "Appoint", held, post_id=post["id"]))["holdings"]
    appointment = {"appointment_id": holding["id"]}
    await world.call(administrator, "ChangeSigningTitle", {"signing_title": "Quyền Chủ tịch"}, **appointment)
    await world.call(administrator, "EndAppointment", {"last_day": str(today)}, **appointment)
    person = await world.told(administrator, "GetPerson", **member)
    for operation_id, sent in (
        ("SuspendPerson", {"reason": "Nghỉ ốm"}),
        ("ReadmitPerson", {}),
        ("LetPersonLeave", {"last_day": str(today)}),
    ):
        person = await world.told(administrator, operation_id, {**sent, **seen(person)}, **member)

    empty = await world.told(administrator, "AddPost", {**named, "title": "Cán bộ lưu trữ"})
    await world.call(administrator, "ClosePost", seen(empty), post_id=empty["id"])
    await world.call(administrator, "GetPost", post_id=empty["id"])
    neighbours = await world.told(await world.person("administrator", organ=world.neighbour), "ListStaff")
    known = {"full_name": neighbours[0]["name"], "username": neighbours[0]["username"]}
    invited = await world.told(administrator, "Invite", known)
    await world.call(administrator, "ListInvitations")
    await world.call(administrator, "GetInvitation", invitation_id=invited["id"])
    await world.call(administrator, "WithdrawInvitation", invitation_id=invited["id"])


async def _showing(world: World) -> None:
    leader, specialist = await world.person("leader", "Chủ tịch UBND"), await world.person("specialist", "Tư pháp")
    paper = (await world.told(leader, "ListIncoming", query={"body": "committee"}))["items"][0]
    thing = {"kind": "document", "thing_id": paper["id"]}
    grants = await world.told(leader, "Grant", {"staff_id": specialist.id, "reason": "Phối hợp"}, **thing)
    await world.call(leader, "ListGrants", **thing)
    await world.call(leader, "RevokeGrant", **thing, grant_id=grants[0]["id"])
    await world.call(leader, "ListSeers", **thing)


async def _lending(world: World) -> None:
    leader, head = await world.person("leader", "Chủ tịch UBND"), await world.person("office_head")
    span = {"starts_on": str(clock.today()), "ends_on": str(clock.today() + timedelta(days=6)), "basis": "05/UBND-VP"}
    lent = {"borrower": head.id, "rights": ["documents.sign"], "mark": "TUQ", **span}
    delegation = {"delegation_id": (await world.told(leader, "Delegate", lent))["id"]}
    await world.call(leader, "GetDelegation", **delegation)
    await world.call(leader, "ListDelegations")
    await world.call(leader, "RevokeDelegation", {"reason": "Đã đi làm lại"}, **delegation)
    absent = await world.person("clerk", "Văn thư")
    assert absent.actor is not None
    replaced = {"absent": absent.id, "post": str(absent.actor.acting.id), "borrower": head.id, **span}
    await world.call(head, "Substitute", replaced)


async def _notices(world: World) -> None:
    head = await world.person("office_head")  # was told of what was lent to them
    notices = (await world.told(head, "ListNotices"))["items"]
    await world.call(head, "ReadNotice", notice_id=notices[0]["id"])
    await world.call(head, "ReadAllNotices")


async def _leaving(world: World) -> None:
    administrator, head = await world.person("administrator"), await world.person("office_head")
    giver, receiver = [await world.person("specialist", title) for title in ("Tư pháp", "Địa chính")]
    await world.call(head, "ListWorkInHand", staff_id=giver.id)
    person = await world.told(administrator, "GetPerson", staff_id=giver.id)
    given = {"giver": giver.id, "receiver": receiver.id, "reason": "Chuyển công tác", **seen(person)}
    made = await world.told(head, "HandOverWork", given)
    await world.call(head, "GetTransfer", transfer_id=made["id"])
    await world.call(head, "ListTransfers")
