"""The works of the table, each with its bare reference. They follow each other on one database, the largest last."""

import asyncio
import itertools
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import asyncpg
import proposing
from carrying import Carrier
from forms import form_to
from keycloak_calls import Calls, bare_client
from measuring import ROUNDS, Row, interleaved, median_milliseconds, together
from migrating import Large
from replay import Mirror
from rows import columns_of, copies, insert_by_unnest, tables_of
from service import Office, web_beside, web_processes
from signing_on import Newcomer
from web import Answer, Browser

from lienxa.platform import clock, ids
from lienxa.platform.access import repository as people
from lienxa.platform.db.embedded import SUPERUSER, Cluster, free_port
from lienxa.platform.identity.issuer import passwords
from lienxa.platform.operator import demo
from lienxa.platform.settings import Settings, get_settings
from lienxa.platform.tenancy.organs import LIVE, Organ
from lienxa.platform.webhooks import subscriptions

CLIENTS = 8
COMMUNES = 12
BOOK_LENGTH = 60
DOCUMENTS = 20_000
CARRIED = 10_000
RACES = 2_000
MIGRATED = 1_000_000
EVENTS = 30
REQUESTS = 1_000
PHRASE = "phương án sáp nhập thôn"


@dataclass
class Bench:
    """What the works share: the office, one commune at work and the others beside it."""

    office: Office
    mirror: Mirror
    supervisor: int
    migrator: asyncpg.Connection
    communes: list[Organ]

    @property
    def commune(self) -> Organ:
        """The commune in which most is measured."""
        return self.communes[0]

    async def browser(self, role: str, organ: Organ | None = None) -> Browser:
        """Somebody with that role, signed in."""
        return await self.office.browser(await self.office.actor(organ or self.commune, role))

    async def application(self) -> asyncpg.Connection:
        """A bare connection as the application's login."""
        return await asyncpg.connect(self.office.settings.db_app_dsn.get_secret_value(), server_settings={"jit": "off"})


async def all_rows(office: Office, supervisor: int, chosen: Sequence[str]) -> list[Row]:
    """The rows of the chosen works, or of all."""
    works = (
        my_work,
        book_page,
        api_list,
        api_document,
        sign_on,
        give_a_number,
        book_a_hall,
        races_for_a_hall,
        event_leaves,
        telemetry_cost,
        memory,
        export_and_restore,
        migration,
        phrase_search,
        onboarding,
        onboarding_at_keycloak,
        rollup_page,
        proposals,
    )
    migrator = await asyncpg.connect(office.settings.db_migrator_dsn.get_secret_value(), server_settings={"jit": "off"})
    mirror = Mirror(office.settings)
    rows: list[Row] = []
    try:
        _say("communes and their papers")
        bench = Bench(office, mirror, supervisor, migrator, await _communes(office))
        for work in works:
            if chosen and work.__name__ not in chosen:
                continue
            _say(work.__name__.replace("_", " "))
            await office.settle()
            rows += (found := await work(bench))
            _say("; ".join(f"{row.work}: {row.measured:.2f} / {row.reference or 0:.2f} {row.unit}" for row in found))
    finally:
        await mirror.close()
        await migrator.close()
    return rows


async def proposals(_bench: Bench) -> list[Row]:
    """Files of incoming papers: what is proposed of them, and how much of it is right."""
    return await proposing.rows()


async def _communes(office: Office) -> list[Organ]:
    """One commune with the demonstration's year, and eleven with a page of incoming documents."""
    known = {row["slug"]: row for row in demo.organ_rows()}
    parent = await office.add_organ(known["do-luong"])
    first = await office.add_organ(known["lam-son"])
    await demo.fill_with_papers(
        office.operator, first, known["lam-son"], {parent.slug: parent.id, first.slug: first.id}
    )
    communes = [first]
    for number in range(2, COMMUNES + 1):
        row = {**known["lam-son"], "slug": f"xa-thu-{number}", "name": f"Thử {number}"}
        commune = await office.add_organ(row)
        clerk = await office.browser(await office.actor(commune, "clerk"))
        async with _open(clerk):
            form = await _incoming_form(clerk)
            for count in range(BOOK_LENGTH):
                await _register(clerk, form, f"{count + 1}/SNV-VP", f"Về việc rà soát hồ sơ lần {count + 1}")
        communes.append(commune)
    return communes


async def _incoming_form(clerk: Browser) -> dict[str, str]:
    path = "/van-ban/den/moi"
    form = form_to((await clerk.get(path)).text, path)
    return form.filled({"body": form.choice("body"), "type": "state/cong-van", "author_organ": "Sở Nội vụ"})


async def _register(clerk: Browser, form: Mapping[str, str], symbol: str, abstract: str) -> str:
    """Enter an incoming document; returns the address of its page."""
    answer = await clerk.post("/van-ban/den/moi", {**form, "author_symbol": symbol, "abstract": abstract})
    _require(answer, 303)
    return answer.headers["location"]


# --- Reading --------------------------------------------------------------------------------------------------------


async def my_work(bench: Bench) -> list[Row]:
    """The home of the clerk, one client."""
    clerk = await bench.browser("clerk")
    bare = await bench.application()
    statements = await bench.mirror.statements_of(clerk, "/viec-cua-toi")
    async with _open(clerk, bare):
        measured, reference = await interleaved(
            lambda: median_milliseconds(lambda: clerk.get("/viec-cua-toi"), 60),
            lambda: median_milliseconds(lambda: statements.replay(bare), 60),
        )
    return [Row("my work, one client, p50", measured, "ms", reference, at_most=8)]


async def book_page(bench: Bench) -> list[Row]:
    """The book of one commune again and again, and of twelve in turn."""
    clerks = [await bench.browser("clerk", organ) for organ in bench.communes[1:]]
    clerks.append(await bench.browser("clerk", bench.communes[1]))  # as long a book as the others
    path, times = "/van-ban/den", 48
    async with _open(*clerks):

        async def show(clerk: Browser, _number: int) -> None:
            answer = await clerk.get(path)
            _require(answer, 200)

        async def rotating() -> float:
            turns = itertools.cycle(clerks)
            return await together([None], range(times), lambda _client, number: show(next(turns), number))

        async def one() -> float:
            return await together([clerks[0]], range(times), show)

        await rotating()
        measured, reference = await interleaved(rotating, one)
    return [Row(f"book page, rotating over {COMMUNES} communes", measured, "pages/s", reference, at_least=0.9)]


async def sign_on(bench: Bench) -> list[Row]:
    """Whole logins at the embedded issuer up to the first page, against that page with a session; 8 clients.

    What hashing the passwords takes on this machine, by as many threads, is taken off and told apart.
    """
    settings = bench.office.settings
    path, times, username = "/viec-cua-toi", 24, f"van-thu.{bench.commune.slug}"
    host = f"{bench.commune.slug}.{settings.base_domain}:{settings.port}"
    # From as many addresses, as from as many machines: one may only try so often in a minute.
    newcomers = [Newcomer(settings.port, host, "", "", f"127.0.0.{number + 2}") for number in range(CLIENTS)]
    clerks = [await bench.browser("clerk") for _client in range(CLIENTS)]
    stored = passwords.hash_password(passwords.DEMONSTRATION_PASSWORD)

    async def enter(newcomer: Newcomer, _number: int) -> None:
        answer = await newcomer.sign_on(path, username, passwords.DEMONSTRATION_PASSWORD)
        _require(answer, 200)
        assert "Việc của tôi" in answer.text

    async def compare(_client: object, _number: int) -> None:
        assert await asyncio.to_thread(passwords.matches, passwords.DEMONSTRATION_PASSWORD, stored)

    async def show(clerk: Browser, _number: int) -> None:
        _require(await clerk.get(path), 200)

    async def logins() -> float:
        whole = times / await together(newcomers, range(times), enter)
        hashing = times / await together(newcomers, range(times), compare)
        return times / (whole - hashing)

    async with _open(*newcomers, *clerks):
        await together(newcomers, range(CLIENTS), enter)
        measured, reference = await interleaved(logins, lambda: together(clerks, range(times), show))
        hashed = await median_milliseconds(lambda: compare(None, 0), 20)
    return [
        Row("login, callback and first page, 8 clients, without the hash", measured, "/s", reference, at_least=0.05),
        Row("the hash of one password, printed beside it", hashed, "ms"),
    ]


async def api_list(bench: Bench) -> list[Row]:
    """The same lines of the incoming book through the API and on its page, by the same clerk."""
    clerk = await bench.browser("clerk")
    page, call = "/van-ban/den", "/api/v1/documents/incoming?limit=50"
    async with _open(clerk):
        for path in (call, page):  # what is built at the first request is not measured
            _require(await clerk.get(path), 200)
        measured, reference = await interleaved(
            lambda: median_milliseconds(lambda: clerk.get(call), 40),
            lambda: median_milliseconds(lambda: clerk.get(page), 40),
        )
    return [Row("a list through the API against its page, p50", measured, "ms", reference, at_most=1)]


async def api_document(bench: Bench) -> list[Row]:
    """The page of the API and its OpenAPI document, each for a stranger."""
    settings = bench.office.settings
    stranger = Browser(settings.port, f"{bench.commune.slug}.{settings.base_domain}:{settings.port}", "", "")
    rows = []
    async with _open(stranger):
        for name, path in (("page", "/api/v1"), ("document", "/api/v1/openapi.json")):
            await stranger.get(path)  # it is made once
            (measured,) = await interleaved(partial(median_milliseconds, partial(stranger.get, path), 12))
            _require(await stranger.get(path), 200)
            rows.append(Row(f"OpenAPI {name}, p50", measured, "ms", at_most=300))
    return rows


async def phrase_search(bench: Bench) -> list[Row]:
    """A phrase in 20,000 documents of one commune, with and without row security."""
    clerk = await bench.browser("clerk")
    bare = await bench.application()
    async with _open(clerk, bare):
        address = await _register(clerk, await _incoming_form(clerk), "9/SNV-VP", f"Về {PHRASE}")
        original = UUID(address.rsplit("/", 1)[1])
        words = "array['rà soát','báo cáo','kế hoạch','triển khai','thông báo','đề nghị','tổng hợp','hướng dẫn']"
        await copies(
            bench.migrator,
            "app.document",
            original,
            DOCUMENTS,
            {
                "number": "t.number + 100000 + c.n",
                "number_text": "(t.number + 100000 + c.n)::text",
                "author_symbol": "c.n::text || '/BC-UBND'",
                "abstract": f"'Về ' || ({words})[1 + c.n % 8] || ' ' || ({words})[1 + c.n / 8 % 8] || ' số ' "
                f"|| c.n::text || case when c.n % 400 = 0 then ' {PHRASE}' else '' end",
            },
        )
        await bench.migrator.execute("vacuum analyze app.document")
        captured = await bench.mirror.statements_of(clerk, f"/tim?q={_quoted(PHRASE)}")
        (search,) = [sent for sent in captured.inside if sent.sender.startswith("tenants.documents.")]
        tenant = str(bench.commune.id)

        async def find(connection: asyncpg.Connection) -> None:
            async with connection.transaction():
                await connection.execute("select set_config('app.tenant', $1, true)", tenant)
                found = await connection.fetch(search.text, *search.parameters)
            assert found

        measured, reference = await interleaved(
            lambda: median_milliseconds(lambda: find(bare), 40),
            lambda: median_milliseconds(lambda: find(bench.migrator), 40),
        )
    return [Row("phrase search in 20,000 documents, row security", measured, "ms", reference, at_most=1.5)]


async def export_and_restore(bench: Bench) -> list[Row]:
    """A commune with 10,000 documents out and in again, and the dump of a database that holds nothing else."""
    office = bench.office
    row = next(row for row in demo.organ_rows() if row["slug"] == "lam-son")
    organ = await office.add_organ({**row, "slug": "xa-mang-di", "name": "Mang Đi"})
    clerk = await office.browser(await office.actor(organ, "clerk"))
    async with _open(clerk):
        address = await _register(clerk, await _incoming_form(clerk), "1/SNV-VP", "Về việc rà soát hồ sơ")
    different = {"number": "t.number + c.n", "number_text": "(t.number + c.n)::text"}
    await copies(bench.migrator, "app.document", UUID(address.rsplit("/", 1)[1]), CARRIED, different)
    # Alone in its database the copy has nobody above it.
    await bench.migrator.execute("update control.tenant set parent_id = null where id = $1", organ.id)
    carrier = Carrier(office, organ)
    await carrier.prepare()
    try:
        measured, reference = await interleaved(carrier.ours, carrier.reference)
    finally:
        await carrier.clean()
    return [Row("export and restore of 10,000 documents, byte-equal", measured, "s", reference, at_most=10)]


async def migration(bench: Bench) -> list[Row]:
    """A column and its index on as many rows of few communes and of many, the slowest against the quickest."""
    counts = (10, 100, 1_000)
    tables = [Large(_cluster(bench), MIGRATED, communes) for communes in counts]
    try:
        for table in tables:
            await asyncio.to_thread(table.fill)
            await table.migrate()
        taken = await interleaved(*(table.migrate for table in tables))
    finally:
        for table in tables:
            table.drop()
    told = [Row(f"  of {communes:,} communes", seconds, "s") for communes, seconds in zip(counts, taken, strict=True)]
    return [
        Row(f"migration of {MIGRATED:,} rows: slowest against quickest", max(taken), "s", min(taken), at_most=1.2),
        *told,
    ]


async def rollup_page(bench: Bench) -> list[Row]:
    """The parent's table with 700 communes and with 7."""
    rows = []
    for count in (700, 7):
        row = {**next(row for row in demo.organ_rows() if not row["parent"]), "slug": f"cap-tren-{count}"}
        parent = await bench.office.add_organ({**row, "name": f"Cấp trên {count}"})
        await _watched_communes(bench, parent, count)
        rows.append((count, await bench.browser("watcher", parent)))
    await bench.migrator.execute("analyze control.tenant; analyze rollup.figure")
    (_many, large), (_few, small) = rows
    async with _open(large, small):
        for count, watcher in rows:
            page = await watcher.get("/tong-hop")
            shown = sum(f"Thuộc {count} số {number}" in page.text for number in range(1, count + 1))
            assert shown == count, f"{page.status}: the page shows {shown} of {count} communes"
        measured, reference = await interleaved(
            lambda: median_milliseconds(lambda: large.get("/tong-hop"), 6),
            lambda: median_milliseconds(lambda: small.get("/tong-hop"), 20),
        )
    return [Row("roll-up page, 700 communes against 7", measured, "ms", reference, at_most=10)]


async def _watched_communes(bench: Bench, parent: Organ, count: int) -> None:
    """Communes that exist in the registry and have published what the first commune has."""
    made = await copies(
        bench.migrator,
        "control.tenant",
        bench.commune.id,
        count,
        {"slug": f"'x-{count}-' || c.n", "name": f"'Thuộc {count} số ' || c.n", "parent_id": f"'{parent.id}'::uuid"},
    )
    columns = await columns_of(bench.migrator, "rollup.figure")
    other = {"reader_id": f"'{parent.id}'::uuid", "tenant_id": "c.id"}
    await bench.migrator.execute(
        f"insert into rollup.figure ({', '.join(columns)}) "
        f"select {', '.join(other.get(name, f'f.{name}') for name in columns)} from rollup.figure f "
        "cross join unnest($1::uuid[]) c(id) where f.tenant_id = $2 and f.reader_id = $3",
        made,
        bench.commune.id,
        bench.commune.parent_id,
    )


# --- Writing --------------------------------------------------------------------------------------------------------


async def give_a_number(bench: Bench) -> list[Row]:
    """Eight clients number the signed documents of one book."""
    each = 120
    clerks = [await bench.browser("clerk") for _client in range(CLIENTS)]
    async with AsyncExitStack() as stack:
        bare = [await bench.application() for _client in range(CLIENTS)]
        await stack.enter_async_context(_open(*clerks, *bare))
        original = await bench.migrator.fetchval(
            "select d.id from app.document d join app.body b on b.tenant_id = d.tenant_id and b.id = d.body_id "
            "where d.tenant_id = $1 and d.state = 'signed' and b.code <> 'inspection' order by d.id limit 1",
            bench.commune.id,
        )
        assert original, "the demonstration leaves nothing to number"
        parts = (("app.document_participant", "document_id"), ("app.document_file", "document_id"))
        first, *signed = await copies(
            bench.migrator, "app.document", original, 2 + 2 * ROUNDS * each, {"listed_at": "t.listed_at"}, parts
        )
        warm = signed.pop()
        await bench.migrator.execute("analyze app.document")
        given: list[list[int]] = []
        # The captured number must not be mistaken for a limit or a flag among the parameters.
        answer = await clerks[0].post(f"/van-ban/{first}/cap-so", {})
        _require(answer, 303)
        series, period = await bench.migrator.fetchrow(
            "select series_id, period from app.document where id = $1", first
        )
        await bench.migrator.execute(
            "update app.number_counter set last_number = 7000 where series_id = $1 and period = $2", series, period
        )
        statements = await bench.mirror.statements_of(clerks[0], f"/van-ban/{warm}/cap-so", {})
        number, text = await bench.migrator.fetchrow("select number, number_text from app.document where id = $1", warm)
        others = itertools.count(100_000)
        pool = iter(signed)

        async def number_one(clerk: Browser, document: UUID) -> None:
            answer = await clerk.post(f"/van-ban/{document}/cap-so", {})
            _require(answer, 303)

        async def number_bare(connection: asyncpg.Connection, document: UUID) -> None:
            other = next(others)
            await statements.replay(
                connection, {warm: document, str(warm): str(document), number: other, text: f"{other}/x"}
            )

        async def service() -> float:
            documents = list(itertools.islice(pool, each))
            before = await _counter(bench, series, period)
            rate = await together(clerks, documents, number_one)
            rows = await bench.migrator.fetch("select number from app.document where id = any($1)", documents)
            given.append(sorted(row["number"] - before for row in rows))
            return rate

        async def reference() -> float:
            return await together(bare, list(itertools.islice(pool, each)), number_bare)

        measured, compared = await interleaved(service, reference)
    wrong = sum(numbers != list(range(1, each + 1)) for numbers in given)
    duplicates = sum(len(numbers) - len(set(numbers)) for numbers in given)
    gaps = sum(len(set(range(1, each + 1)) - set(numbers)) for numbers in given)
    assert wrong == 0 or duplicates or gaps
    return [
        Row("give a number, 8 clients on one book", measured, "1/s", compared, at_least=0.15),
        Row("give a number: gaps", gaps, "numbers", at_most=0),
        Row("give a number: duplicates", duplicates, "numbers", at_most=0),
        Row("  beside it: a locked counter by pgbench, 8 clients", await _pgbench(bench), "1/s"),
    ]


async def _counter(bench: Bench, series: UUID, period: str) -> int:
    found: int = await bench.migrator.fetchval(
        "select last_number from app.number_counter where series_id = $1 and period = $2", series, period
    )
    return found


async def _pgbench(bench: Bench) -> float:
    """Transactions a second of a counter that 8 clients lock, by PostgreSQL's own program; 0 where there is none."""
    cluster = _cluster(bench)
    program = cluster.programs.folder / "pgbench"
    if not program.exists():
        return 0.0
    admin = await asyncpg.connect(cluster.dsn(SUPERUSER, "lienxa"))
    try:
        await admin.execute("create schema bench; create table bench.counter as select 1 as id, 0 as last")
        script = b"begin;\nupdate bench.counter set last = last + 1 where id = 1;\ncommit;\n"
        command = [str(program), "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1", "-T", "5", "-f", "/dev/stdin"]
        command += ["-h", "127.0.0.1", "-p", str(cluster.port), "-U", SUPERUSER, "lienxa"]
        environment = {**os.environ, "PGPASSWORD": cluster.passwords[SUPERUSER]}
        said = subprocess.run(command, input=script, env=environment, capture_output=True, check=True).stdout.decode()
        return float(next(line for line in said.splitlines() if line.startswith("tps")).split()[2])
    finally:
        await admin.execute("drop schema bench cascade")
        await admin.close()


def _cluster(bench: Bench) -> Cluster:
    """The service's own PostgreSQL, which runs."""
    cluster = Cluster(bench.office.settings.data / "postgresql")
    cluster.port = int(bench.office.settings.db_app_dsn.get_secret_value().rsplit(":", 1)[1].split("/")[0])
    return cluster


async def book_a_hall(bench: Bench) -> list[Row]:
    """Eight clients put meetings into one hall, each at a time of its own."""
    each = 60
    heads = [await bench.browser("office_head") for _client in range(CLIENTS)]
    bare = [await bench.application() for _client in range(CLIENTS)]
    async with _open(*heads, *bare):
        slots = _slots(60)
        first = next(slots)
        form = await _hall_form(heads[0])
        statements = await bench.mirror.statements_of(heads[0], "/lich/moi", {**form, **_typed(first)})
        taken = iter(_slots(400))

        async def book(head: Browser, slot: datetime) -> None:
            answer = await head.post("/lich/moi", {**form, **_typed(slot)})
            _require(answer, 303)

        async def book_bare(connection: asyncpg.Connection, slot: datetime) -> None:
            half = timedelta(minutes=30)
            await statements.replay(connection, {first: slot, first + half: slot + half})

        measured, compared = await interleaved(
            lambda: together(heads, list(itertools.islice(slots, each)), book),
            lambda: together(bare, list(itertools.islice(taken, each)), book_bare),
        )
        assert await _booked(bench) > each * ROUNDS
    return [Row("book a hall, 8 clients", measured, "1/s", compared, at_least=0.15)]


async def races_for_a_hall(bench: Bench) -> list[Row]:
    """Eight clients want the hall at the same time, 250 times."""
    heads = [await bench.browser("office_head") for _client in range(CLIENTS)]
    async with _open(*heads):
        form = await _hall_form(heads[0])
        before, winners = await _booked(bench), 0
        slots = list(itertools.islice(_slots(200), RACES // CLIENTS))

        async def book(head: Browser, slot: datetime) -> None:
            nonlocal winners
            answer = await head.post("/lich/moi", {**form, **_typed(slot)})
            _require(answer, 303, 422)
            winners += answer.status == 303

        await together(heads, [slot for slot in slots for _client in heads], book)
        assert winners == len(slots) == await _booked(bench) - before, f"{winners} of {len(slots)} races were won"
    overlaps = await bench.migrator.fetchval(
        "select count(*) from app.meeting a join app.meeting b on a.tenant_id = b.tenant_id and a.room_id = b.room_id "
        "and a.id < b.id and tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at) "
        "where a.tenant_id = $1 and a.state in ('booked', 'held') and b.state in ('booked', 'held')",
        bench.commune.id,
    )
    return [Row(f"book a hall: overlaps in {RACES:,} races", overlaps, "meetings", at_most=0)]


async def event_leaves(bench: Bench) -> list[Row]:
    """Meetings are put into the calendar, and another system is told: from the answer to what arrives there."""
    arrived: asyncio.Queue[float] = asyncio.Queue()

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
        arrived.put_nowait(time.perf_counter())
        writer.write(b"HTTP/1.1 204 x\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    head = await bench.browser("office_head")
    administrator = await bench.office.actor(bench.commune, "administrator")
    async with _open(head), server:
        form = await _hall_form(head)
        os.environ["LIENXA_WEBHOOK_ALLOW"] = "127.0.0.0/8"
        get_settings.cache_clear()
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with bench.office.app.tenant(bench.commune.id) as session:
            body_ids = [body.id for body in await people.bodies(session)]
            wish = subscriptions.Wish("Kho", address, ["meetings.booked"], body_ids)
            issued = await subscriptions.add(session, administrator, wish)
        taken = []
        for slot in itertools.islice(_slots(700), EVENTS):
            _require(await head.post("/lich/moi", {**form, **_typed(slot)}), 303)
            answered = time.perf_counter()
            taken.append(max(0.0, await asyncio.wait_for(arrived.get(), 60) - answered))
        async with bench.office.app.tenant(bench.commune.id) as session:
            await subscriptions.remove(session, administrator, issued.subscription_id)
    return [
        Row("event: from commit to receiver, median", statistics.median(taken), "s"),
        Row(f"event: from commit to receiver, slowest of {EVENTS}", max(taken), "s", at_most=2),
    ]


async def _booked(bench: Bench) -> int:
    found: int = await bench.migrator.fetchval(
        "select count(*) from app.meeting where tenant_id = $1 and state in ('booked', 'held')", bench.commune.id
    )
    return found


def _slots(days_ahead: int) -> Any:
    """Half hours from 8:00 on, of one day after the other."""
    day = clock.today() + timedelta(days=days_ahead)
    for number in itertools.count():
        for half in range(18):
            yield clock.instant(day + timedelta(days=number), 8) + timedelta(minutes=30 * half)


async def _hall_form(head: Browser) -> dict[str, str]:
    form = form_to((await head.get("/lich/moi")).text, "/lich/moi")
    chosen = {name: form.choice(name) for name in ("body", "chair", "room")}
    return form.filled({"title": "Họp giao ban", **chosen})


def _typed(slot: datetime) -> dict[str, str]:
    begins = clock.legal(slot)
    ends = begins + timedelta(minutes=30)
    return {"day": f"{begins:%d/%m/%Y}", "starts": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}


# --- The whole ------------------------------------------------------------------------------------------------------


async def telemetry_cost(bench: Bench) -> list[Row]:
    """A page and a write with telemetry as shipped, against a web server of the same installation without it."""
    each, rounds = 16, 60  # short rounds in many turns: a tenth is less than what a crowded machine does to one
    actors = [await bench.office.actor(organ, "clerk") for organ in bench.communes[1 : 1 + CLIENTS]]
    with ExitStack() as servers:
        ports = [free_port(), free_port()]
        for port, output in zip(ports, ("file", "off"), strict=True):
            servers.enter_context(web_beside(bench.office.settings.data, port, LIENXA_TELEMETRY=output))
        shipped, bare = [[await bench.office.browser(actor, port) for actor in actors] for port in ports]
        async with _open(*shipped, *bare):
            forms = {clerk.host: await _incoming_form(clerk) for clerk in (*shipped, *bare)}
            numbers = itertools.count(1)

            async def show(clerk: Browser, _number: int) -> None:
                _require(await clerk.get("/van-ban/den"), 200)

            async def register(clerk: Browser, _number: int) -> None:
                number = next(numbers)
                await _register(clerk, forms[clerk.host], f"{number}/TD-VP", f"Về việc đo lường lần {number}")

            def turn(clerks: Sequence[Browser], do: Any) -> Any:
                return lambda: together(clerks, range(each), do)

            for clerks in (shipped, bare):  # what is built at the first request is not measured
                await turn(clerks, show)()
                await turn(clerks, register)()
            pages = await interleaved(turn(shipped, show), turn(bare, show), rounds=rounds)
            writes = await interleaved(turn(shipped, register), turn(bare, register), rounds=rounds)
    return [
        Row("book page, 8 clients, telemetry on against off", pages[0], "pages/s", pages[1], at_least=0.9),
        Row("register a document, 8 clients, telemetry on against off", writes[0], "1/s", writes[1], at_least=0.9),
    ]


async def memory(bench: Bench) -> list[Row]:
    """What the web's largest process holds for itself after 1,000 requests."""
    clerk = await bench.browser("clerk")
    async with _open(clerk):
        for path in itertools.islice(itertools.cycle(["/viec-cua-toi", "/van-ban/den", "/lich", "/can-bo"]), REQUESTS):
            await clerk.get(path)
    processes = web_processes(bench.supervisor)
    return [Row("web process after 1,000 requests, unique set size", max(processes.values()), "MB", at_most=150)]


async def onboarding(bench: Bench) -> list[Row]:
    """A commune with its 112 procedures in one transaction, against its rows by `unnest`, one statement a table."""
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.operator import onboarding as operator
    from lienxa.platform.operator.onboarding import OrganSpec, Person

    numbers = itertools.count(1)
    made: list[Organ] = []
    accounts = _Accounts(provisioner_for(bench.office.settings))

    async def onboard() -> float:
        slug = f"moi-{next(numbers)}"
        spec = OrganSpec(
            slug=slug,
            name=f"Mới {slug}",
            kind="commune",
            host=f"{slug}.localhost",
            parent_slug="do-luong",
            administrator=Person(f"quan-tri.{slug}", "Người Quản Trị"),
            phase=LIVE,
        )
        accounts.seconds = 0.0
        began = time.perf_counter()
        onboarded = await operator.add_organ(bench.office.operator, accounts, spec)
        taken = time.perf_counter() - began - accounts.seconds
        made.append(onboarded.organ)
        return taken * 1000

    await onboard()
    rows = await _rows_of(bench, made[0])
    procedures = len(rows["app.procedure"][1])
    assert procedures >= 112, procedures
    bare = await asyncpg.connect(bench.office.settings.db_operator_dsn.get_secret_value())
    async with _open(bare):
        measured, reference = await interleaved(onboard, lambda: _insert_bare(bare, rows, made[0].id, next(numbers)))
    return [
        Row(f"onboard a commune with {procedures} procedures", measured, "ms", reference, at_most=5),
        Row("  the same: its database part", measured / 1000, "s", at_most=1),
    ]


async def onboarding_at_keycloak(bench: Bench) -> list[Row]:
    """A commune and its first administrator at a real Keycloak server, against the same calls sent bare and the
    database part of the same onboardings.
    """
    from lienxa.platform.identity.provisioning import provisioner_for
    from lienxa.platform.keycloak import distribution
    from lienxa.platform.operator import onboarding as operator
    from lienxa.platform.operator.onboarding import OrganSpec, Person

    if not distribution.is_ready():
        _say("no Keycloak server can be fetched here: left out")
        return []
    numbers = itertools.count(1)
    database: list[float] = []
    async with _keycloak(bench) as settings, bare_client() as client:

        async def onboard() -> tuple[str, float, Calls]:
            slug = f"kc-{next(numbers)}"
            host = f"{slug}.localhost"
            person = Person(f"quan-tri.{slug}", "Người Quản Trị")
            spec = OrganSpec(
                slug=slug,
                name=f"Mới {slug}",
                kind="commune",
                host=host,
                parent_slug="do-luong",
                administrator=person,
                phase=LIVE,
            )
            provisioner = provisioner_for(settings)
            calls, accounts = Calls.of(provisioner), _Accounts(provisioner)
            began = time.perf_counter()
            await operator.add_organ(bench.office.operator, accounts, spec)
            taken = time.perf_counter() - began
            database.append(taken - accounts.seconds)
            return slug, taken * 1000, calls

        first, _taken, calls = await onboard()
        database.clear()

        async def whole() -> float:
            return (await onboard())[1]

        async def bare() -> float:
            return await calls.repeat(client, first, f"tran-{next(numbers)}") * 1000

        measured, alone = await interleaved(whole, bare)
    reference = alone + statistics.median(database) * 1000
    title = f"onboard at a real Keycloak, {len(calls.done)} calls to it"
    return [Row(title, measured, "ms", reference, at_most=2)]


@asynccontextmanager
async def _keycloak(bench: Bench) -> AsyncIterator[Settings]:
    """A Keycloak server on the service's own PostgreSQL; gives the settings of a service that has it."""
    from lienxa.platform.keycloak import realm
    from lienxa.platform.keycloak.server import Keycloak

    settings = bench.office.settings
    server, cluster = Keycloak(settings.data / "keycloak"), _cluster(bench)
    server.prepare(cluster)
    child = server.child(cluster, settings.data / "logs" / "keycloak.log")
    child.start()
    try:
        while not server.answers():
            assert child.process is not None
            assert child.process.poll() is None, "the Keycloak server ended"
            await asyncio.sleep(0.2)
        settings = settings.model_copy(update={"sso": "keycloak", "keycloak_port": server.port})
        realm.bring_up(server, settings)
        yield settings
    finally:
        child.terminate()
        child.finish(20)


class _Accounts:
    """A provisioner whose time (hashing a password, asking a server) is no time of the database."""

    def __init__(self, provisioner: Any) -> None:
        self.seconds = 0.0
        self._provisioner = provisioner

    async def provision_person(self, *arguments: Any, **named: Any) -> Any:
        """Note how long it takes."""
        began = time.perf_counter()
        try:
            return await self._provisioner.provision_person(*arguments, **named)
        finally:
            self.seconds += time.perf_counter() - began

    async def set_enabled(self, *arguments: Any, **named: Any) -> None:
        """Nobody is shut out here."""


Rows = dict[str, tuple[dict[str, str], list[list[Any]]]]


async def _rows_of(bench: Bench, organ: Organ) -> Rows:
    """Everything that was written for an organ, by table."""
    found: Rows = {}
    tables = ["control.tenant", "control.tenant_host", "control.operator_event", *await tables_of(bench.migrator)]
    for table in tables:
        columns = await columns_of(bench.migrator, table)
        key = "id" if table == "control.tenant" else "tenant_id"
        chosen = ", ".join(f'"{name}"' + ("::text" if kind.endswith("[]") else "") for name, kind in columns.items())
        rows = await bench.migrator.fetch(f"select {chosen} from {table} where {key} = $1", organ.id)
        if rows:
            found[table] = (columns, [list(row) for row in rows])
    return found


async def _insert_bare(connection: asyncpg.Connection, rows: Rows, organ_id: UUID, number: int) -> float:
    """The rows again, for another organ; identifiers are prepared before the clock starts."""
    fresh: dict[Any, Any] = {organ_id: ids.new_id()}
    for columns, values in rows.values():
        if "id" in columns:
            place = list(columns).index("id")
            fresh |= {row[place]: ids.new_id() for row in values if row[place] != organ_id}
    slug = rows["control.tenant"][1][0][list(rows["control.tenant"][0]).index("slug")]
    fresh |= {slug: f"bare-{number}", f"{slug}.localhost": f"bare-{number}.localhost"}
    prepared: list[tuple[str, Mapping[str, str], list[list[Any]]]] = [
        (table, columns, [[fresh.get(value, value) if value.__hash__ else value for value in row] for row in values])
        for table, (columns, values) in rows.items()
    ]
    began = time.perf_counter()
    async with connection.transaction():
        become = False
        for table, columns, values in prepared:
            if table.startswith("app.") and not become:
                become = True
                await connection.execute("set local role lx_app")
                await connection.execute("select set_config('app.tenant', $1, true)", str(fresh[organ_id]))
            await insert_by_unnest(connection, table, columns, values)
    return (time.perf_counter() - began) * 1000


# --- Helpers --------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _open(*things: Browser | asyncpg.Connection) -> AsyncIterator[None]:
    """Close them in the end."""
    try:
        yield
    finally:
        for thing in things:
            await thing.close()


def _require(answer: Answer, *statuses: int) -> None:
    """Stop with what the page says is wrong."""
    if answer.status not in statuses:
        said = re.findall(r'class="(?:field-error|error-summary)[^>]*>(.*?)</(?:p|div)>', answer.text, re.DOTALL)
        raise AssertionError(f"{answer.status}: {' '.join(re.sub('<[^>]+>', ' ', ' '.join(said)).split())}")


def _quoted(words: str) -> str:
    from urllib.parse import quote

    return quote(words)


def _say(line: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {line}\n")
