"""Two communes do the same with other words: whose each line, span, count and message is, and nobody's words in any.

Every text that people type carries a marker of its commune: plain letters, which survive every way of writing them.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import trial_jobs
from collector import Receiver, attributes, receiving

from lienxa.platform import clock
from lienxa.platform.access import repository as people
from lienxa.platform.db.session import Database
from lienxa.platform.jobs import enqueue
from lienxa.platform.tenancy.organs import Organ

PLATFORM = "platform"
TENANT = "lienxa.tenant"


@dataclass(frozen=True)
class Office:
    """A commune, who acts in it, and the marker of all its words."""

    organ: Organ
    marker: str
    phone: str
    cookies: dict[str, str]
    csrf: dict[str, str]
    committee: UUID

    @property
    def host(self) -> str:
        return f"http://{self.organ.slug}.localhost:8000"

    @property
    def id(self) -> str:
        return str(self.organ.id)

    def word(self, what: str) -> str:
        """A text as people type it, in several lines, one of which is a single word."""
        return f"Ông {self.marker}{what} Văn A\n{self.marker}{what}\nthôn Đông"

    def asks(self, method: str, path: str, who: str = "", **told: Any) -> dict[str, Any]:
        """A request of somebody of this commune."""
        headers = {"referer": f"{self.host}/tim?q={self.marker}referer", "user-agent": f"{self.marker}agent"}
        asked = {"method": method, "url": f"{self.host}{path}", "cookie": self.cookies.get(who, ""), **told}
        asked["headers"] = {**headers, **told.get("headers", {})}
        if "form" in told and who:
            asked["form"] = {"_csrf": self.csrf[who], "_once": str(uuid4()), **told["form"]}
        return asked


def a_day(office: Office, receiver: str) -> list[tuple[dict[str, Any], int]]:
    """What people of one commune, citizens and strangers ask for, with the status that each is answered by."""
    word, marker = office.word, office.marker
    document = {
        "secrecy": "open",
        "body": "committee",
        "author_organ": f"Văn phòng {marker}author",
        "author_symbol": f"{marker}/UBND",
        "doc_date": f"{clock.today():%d/%m/%Y}",
        "type": "state/cong-van",
        "abstract": word("abstract"),
        "urgency": "normal",
    }
    case = {
        "procedure": "1.001193",
        "applicant_name": f"Trần {marker}citizen",
        "applicant_phone": office.phone,
        "applicant_address": f"Xóm {marker}address",
        "note": word("note"),
    }
    events = {
        "name": f"Kho {marker}store",
        "address": f"{receiver}/{marker}path?khoa={marker}key",
        "body_ids": [str(office.committee)],
        "event_types": ["documents.issued"],
    }
    burst = {"author_symbol": f"{marker}/HĐND", "abstract": word("burst")}
    mistyped = {**document, "doc_date": f"{marker}/1/2026", "type": f"{marker}type"}
    login = {"username": f"{marker}user", "password": f"{marker}password"}
    back = "http://localhost:8000/dang-nhap/tra-loi"
    asked = f"client_id=lienxa-web&response_type=code&scope=openid&state={marker}state&nonce={marker}nonce"
    asked += f"&redirect_uri={back}&code_challenge_method=S256&code_challenge={'x' * 43}"
    issuer = "http://id.localhost:8000/realms/lienxa"
    bearer = {"headers": {"authorization": f"Bearer lx_{marker}token", "idempotency-key": f"{marker}once"}}
    made = {"find": {f"{marker}place": r"^(\S+)"}}
    return [
        (office.asks("GET", f"/dang-nhap?ve=/tim?q={marker}back"), 503),
        ({"method": "GET", "url": f"{issuer}/protocol/openid-connect/auth?{asked}"}, 200),
        ({"method": "POST", "url": f"{issuer}/login-actions/authenticate?{asked}", "form": login}, 422),
        ({"method": "GET", "url": f"{back}?code={marker}code&state={marker}state"}, 403),
        (office.asks("POST", "/van-ban/den/moi", "clerk", form=document, file=f"{marker}file.pdf"), 303),
        (office.asks("POST", "/van-ban/den/moi", "clerk", form=mistyped), 422),
        (office.asks("POST", "/van-ban/den/moi", "clerk", form={**document, **burst}), 500),
        (office.asks("GET", f"/tim?q={marker}search", "clerk"), 200),
        (office.asks("GET", f"/van-ban/den?q={marker}filter", "clerk"), 200),
        (office.asks("GET", "/van-ban/den/xuat", "clerk"), 200),
        (office.asks("GET", "/quan-tri", "clerk"), 403),
        (office.asks("POST", "/ho-so/moi", "counter", form=case), 303),
        (office.asks("GET", f"/ho-so?q={marker}citizen", "counter"), 200),
        (office.asks("POST", "/tra-cuu", form={"code": f"{marker}case", "secret": f"{marker}secret"}), 200),
        (office.asks("GET", f"/tra-cuu/{marker}case/{marker}secret"), 404),
        (office.asks("GET", f"/{marker}page/{marker}person"), 404),
        (office.asks("GET", f"/thu-tuc/{marker}"), 404),
        (office.asks(f"{marker}METHOD", "/thu-tuc"), 404),
        (office.asks("GET", f"/van-ban/{uuid4()}", "clerk"), 404),
        (office.asks("GET", f"/lich/nguon/{marker}feed.ics"), 404),
        (office.asks("GET", f"/api/v1/documents/incoming?q={marker}query", **bearer), 401),
        (office.asks("GET", f"/api/v1/{marker}resource", **bearer), 404),
        (office.asks("POST", "/quan-tri/noi-nhan/moi", "administrator", form=events, **made), 201),
        (office.asks("POST", f"<{marker}place>/thu", "administrator", form={}), 303),
    ]


@contextmanager
def refusing_receiver() -> Iterator[tuple[str, list[str]]]:
    """A receiver of events that fails and quotes what it was asked; its address, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            asked.append(self.path)
            self.send_response(500)
            self.end_headers()
            self.wfile.write(self.path.encode())

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
async def offices(
    lam_son: Organ, giang_son_tay: Organ, actor_with: Any, visit: Any, database: Database
) -> list[Office]:
    """Two communes with a clerk, a counter and an administrator each, signed in."""
    told = []
    for organ, marker, phone in ((lam_son, "zqlam", "0912000711"), (giang_son_tay, "zqgiang", "0912000822")):
        cookies, csrf = {}, {}
        for role in ("clerk", "counter", "administrator"):
            visitor = await visit(organ, await actor_with(organ, role))
            cookies[role], csrf[role] = visitor.http.cookies["lx_session"], visitor.csrf
        async with database.tenant(organ.id) as session:
            committee = next(body.id for body in await people.bodies(session) if body.code == "committee")
        told.append(Office(organ, marker, phone, cookies, csrf, committee))
    return told


def queued(owner_dsn: str) -> list[tuple[str, str, str]]:
    """Each message of the queue, whatever its state: its state, the job, and all of the row as text."""
    with psycopg.connect(owner_dsn) as connection:
        rows = connection.execute(
            "select q.state, q.message->>'actor_name', to_jsonb(q)::text from control.job_queue q"
        )
        return [(str(state), str(job), str(row)) for state, job, row in rows.fetchall()]


def of_tenants(carriers: list[Any]) -> dict[bytes, set[str]]:
    """The organs that the spans and lines of each trace name."""
    found: dict[bytes, set[str]] = {}
    for carrier in carriers:
        if carrier.trace_id:
            found.setdefault(carrier.trace_id, set()).add(attributes(carrier)[TENANT])
    return {trace: tenants - {PLATFORM} for trace, tenants in found.items()}


def requests_of(receiver: Receiver, tenant: str) -> Counter[tuple[str, int]]:
    """Its requests by name and status."""
    served = [span for span in receiver.spans if span.kind == 2 and attributes(span)[TENANT] == tenant]
    return Counter((span.name, int(attributes(span)["http.response.status_code"])) for span in served)


def counted(receiver: Receiver, name: str) -> dict[tuple[str, str], int]:
    """The last value of each series of a counter, by tenant and the other label."""
    found = {}
    for metric in receiver.metrics:
        for point in metric.sum.data_points if metric.name == name else ():
            labels = attributes(point)
            other = " ".join(str(labels[key]) for key in sorted(labels) if key != TENANT)
            found[labels[TENANT], other] = int(point.as_int or point.as_double)
    return found


def failures(receiver: Receiver, office: Office) -> int:
    """Runs of jobs of that commune that failed: one of `collide`, two of `fail`."""
    return counted(receiver, "lienxa.jobs").get((office.id, "failed quick"), 0)


async def test_each_says_whose_it_is_and_none_says_anybodys_words(
    offices: list[Office],
    database: Database,
    owner_dsn: str,
    processes: Any,
    until: Any,
    told: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with psycopg.connect(owner_dsn) as owner:
        owner.execute("alter table app.document add constraint burst check (abstract not like '%burst%')")
    with receiving() as receiver, refusing_receiver() as (address, asked):
        monkeypatch.setenv("LIENXA_OTLP_ENDPOINT", receiver.endpoint)
        monkeypatch.setenv("LIENXA_SLOW_STATEMENT_SECONDS", "0")  # every statement is told in the log
        monkeypatch.setenv("LIENXA_METRICS_SECONDS", "0.3")
        monkeypatch.setenv("LIENXA_WEBHOOK_ALLOW", "127.0.0.0/8")
        days = [a_day(office, address) for office in offices]
        steps = [step for pair in zip(*days, strict=True) for step in pair]  # by turns
        statuses = await told([request for request, _status in steps])
        wrong = [
            f"{request['url']}: {got}, not {status}"
            for (request, status), got in zip(steps, statuses, strict=True)
            if got != status
        ]
        assert not wrong, "\n".join(wrong)
        processes.worker("quick")
        processes.start("lienxa.workers.scheduler")
        for office in offices:
            async with database.tenant(office.organ.id) as session:
                await enqueue(session, trial_jobs.fail, office.organ.id, "fail")
                await enqueue(session, trial_jobs.collide, office.organ.id, "collide")
        await until(lambda: len(asked) >= 2)
        await until(lambda: sum(state == "rejected" for state, _job, _row in queued(owner_dsn)) == 4)
        await until(lambda: all(failures(receiver, office) >= 3 for office in offices))
        await until(lambda: any(span.name == "job trial_jobs.collide" for span in receiver.spans))

    here, there = offices
    # Whose it is.
    assert all(TENANT in attributes(carrier) for carrier in [*receiver.spans, *receiver.logs])
    assert requests_of(receiver, here.id) == requests_of(receiver, there.id)
    sent = sum(here.host in step["url"] for step, _status in days[0])
    assert requests_of(receiver, here.id).total() == sent
    worked_for = of_tenants([*receiver.spans, *receiver.logs]).values()
    assert {here.id, there.id} <= set().union(*worked_for)
    assert max(len(tenants) for tenants in worked_for) == 1, "no trace works for two, and no line of it is another's"
    for office in offices:
        burst = [line for line in receiver.logs if line.body.string_value == "request failed"]
        assert [attributes(line)[TENANT] for line in burst].count(office.id) == 1
        said = [attributes(line)["exception"] for line in burst if attributes(line)[TENANT] == office.id]
        assert 'violates check constraint "burst"' in said[0]
        answered = {key[1]: value for key, value in counted(receiver, "lienxa.requests").items() if key[0] == office.id}
        assert answered["5xx"] == 2  # sign-on without an issuer, and the burst
        assert sum(answered.values()) == requests_of(receiver, office.id).total()
    assert {tenant for tenant, _code in counted(receiver, "lienxa.refusals")} == {here.id, there.id}
    messages = queued(owner_dsn)
    for office in offices:
        mine = [job for state, job, row in messages if office.id in row and state == "rejected"]
        assert sorted(mine) == ["trial_jobs.collide", "trial_jobs.fail"]
    assert not [row for _state, _job, row in messages if here.id in row and there.id in row]

    # Nobody's words, wherever they might have gone.
    with psycopg.connect(owner_dsn) as owner:
        kinds = [row[0] for row in owner.execute("select to_jsonb(k)::text from control.job_kind k").fetchall()]
    left = "\n".join([*receiver.raw, processes.log.read_text(), *kinds, *(row for _state, _job, row in messages)])
    assert "slow statement" in left
    assert "body_code_check" in left, "what the database refused in a job is told"
    lower = left.lower()
    for office in offices:
        found = [lower[place.start() - 150 : place.end() + 60] for place in re.finditer(office.marker, lower)]
        assert not found, found[:3]
        for secret in [office.phone, *office.cookies.values(), *office.csrf.values()]:
            assert secret not in left
    assert trial_jobs.SECRET not in left
    assert json.dumps(trial_jobs.SECRET)[1:-1] not in left
