"""What happens in a transaction counts when it is committed."""

from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.telemetry import metrics

ORGAN = UUID("01900000-0000-7000-8000-000000000001")


class _Counter:
    def __init__(self) -> None:
        self.counted: list[dict[str, str]] = []

    def add(self, _amount: int, labels: dict[str, str]) -> None:
        self.counted.append(labels)


async def test_what_is_rolled_back_does_not_count(database: Database) -> None:
    counter = _Counter()
    async with database.tenant_session(ORGAN) as session:
        await session.connection()
        metrics.count_at_commit(session, counter, book="documents")  # type: ignore[arg-type]
        await session.rollback()
        await session.connection()
        await session.commit()
    assert counter.counted == []

    async with database.tenant(ORGAN) as session:
        await session.connection()
        async with session.begin_nested():
            metrics.count_at_commit(session, counter, book="documents")  # type: ignore[arg-type]
        assert counter.counted == [], "a savepoint is no commit"
    assert counter.counted == [{"lienxa.tenant": "platform", "book": "documents"}]
