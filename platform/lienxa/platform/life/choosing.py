"""What is chosen by names on the command line, as a plan says it: user names, codes of units, names of halls."""

from collections.abc import Iterable, Mapping
from uuid import UUID

import msgspec
from sqlalchemy import select

from lienxa.platform.db.session import Database
from lienxa.platform.errors import FieldError, InvalidInput
from lienxa.platform.identity.models import Account
from lienxa.platform.life import previewing
from lienxa.platform.life.plans import Move, Plan
from lienxa.platform.life.previewing import Choice, Preview
from lienxa.platform.text import _

NOWHERE, WITHOUT_POSTS = "-", ":no-posts"


async def chosen(
    database: Database, plan: Plan, people: Mapping[str, str], units: Mapping[str, str], halls: Mapping[str, str]
) -> Plan:
    """The plan with these choices: `user name -> slug`, `-` or `slug:no-posts`; `code of a unit`, `hall -> slug`.

    `InvalidInput` with every name that is nobody's.
    """
    if not (people or units or halls):
        return plan
    found = await previewing.preview(database, plan)
    names = await usernames(database, found)
    ids = {names[mover.account_id]: mover.id for mover in found.movers if mover.account_id in names}
    faults = [
        *_unknown("people", people, ids),
        *_unknown("units", units, [unit.code for unit in found.units]),
        *_unknown("halls", halls, [hall.code for hall in found.halls]),
    ]
    if faults:
        raise InvalidInput(faults)
    return msgspec.structs.replace(
        plan,
        people={str(ids[name]): _move(to) for name, to in people.items()},
        units=_by_id(found.units, units),
        things=_by_id(found.halls, halls),
    )


async def usernames(database: Database, found: Preview) -> Mapping[UUID, str]:
    """The user names of who would come or not, by account."""
    async with database.control() as control:
        query = select(Account.id, Account.username).where(Account.id.in_([mover.account_id for mover in found.movers]))
        return {row[0]: row[1] for row in await control.execute(query)}


def _unknown(field: str, said: Iterable[str], known: Iterable[str]) -> list[FieldError]:
    remedy = _("Xem tên bằng --dry-run, không kèm lựa chọn.")
    return [FieldError(field, _("Không có “{name}”.", name=name), remedy) for name in said if name not in set(known)]


def _by_id(choices: Iterable[Choice], said: Mapping[str, str]) -> dict[str, str]:
    return {str(choice.id): said[choice.code] for choice in choices if choice.code in said}


def _move(typed: str) -> Move:
    if typed == NOWHERE:
        return Move("")
    return Move(typed.removesuffix(WITHOUT_POSTS), not typed.endswith(WITHOUT_POSTS))
