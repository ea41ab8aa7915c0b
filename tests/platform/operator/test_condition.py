"""The operator's page of how things stand: each number with its state, and where it leads."""

import re
from typing import Any

import psycopg
import pytest
from tests.conftest import Visitor

from lienxa.platform.db.revisions import head
from lienxa.platform.doctor.words import lasting
from lienxa.platform.tenancy.organs import Organ

PAGE = "/van-hanh/tinh-trang"


@pytest.fixture
def owner(owner_dsn: str) -> Any:
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        yield connection


def row_of(page: str, title: str) -> str:
    """The row of a table that begins with this title."""
    found = re.search(rf'<th scope="row"[^>]*>(?:<a [^>]*>)?{re.escape(title)}.*?</tr>', page, re.DOTALL)
    assert found is not None, title
    return found[0]


def verdict(row: str) -> str:
    return re.findall(r"badge-(\w+)", row)[-1]


def message(owner: psycopg.Connection, queue: str, state: str, age: str, worker: str | None = None) -> None:
    owner.execute(
        "insert into control.job_queue (queue_name, message_id, state, message, available_at, worker_id) "
        'values (%s, gen_random_uuid(), %s, \'{"actor_name": "trial.job", "args": []}\', now() - %s::interval, %s)',
        [queue, state, age, worker],
    )


async def test_queues_tell_what_waits_and_how_long(operator: Visitor, owner: psycopg.Connection) -> None:
    message(owner, "quick", "queued", "20 minutes")
    message(owner, "quick", "queued", "-1 hour")
    message(owner, "heavy", "queued", "90 seconds")
    message(owner, "operator.DQ", "rejected", "1 day")
    page = (await operator.get(PAGE)).text
    quick = row_of(page, "Việc nhanh")
    assert re.findall(r'<td class="number"[^>]*>([^<]*)</td>', quick) == ["1", "1", "0", "20 phút", "0"]
    assert verdict(quick) == "late"
    assert verdict(row_of(page, "Việc nặng")) == "warn"
    operators_row = row_of(page, "Việc vận hành")
    assert 'href="/van-hanh/viec-hong">1</a>' in operators_row
    assert verdict(operators_row) == "warn"
    to_do = page.split('class="to-do"')[1].split("</section>")[0]
    assert "Hàng đợi “Việc nhanh”: 1 việc, việc lâu nhất chờ 20 phút." in to_do
    assert 'href="/van-hanh/viec-hong"' in to_do
    assert "Không có tiến trình xử lý nào đang chạy." in to_do


async def test_workers_tell_their_last_sign_of_life(operator: Visitor, owner: psycopg.Connection) -> None:
    owner.execute(
        "insert into control.job_worker values "
        "('01900000-0000-7000-8000-00000000000a', now(), 'worker-quick'), "
        "('02900000-0000-7000-8000-00000000000a', now() - interval '4 minutes', 'worker-heavy'), "
        "('03900000-0000-7000-8000-00000000000a', now(), null)"
    )
    message(owner, "quick", "consumed", "0 seconds", "01900000-0000-7000-8000-00000000000a")
    page = (await operator.get(PAGE)).text.split('id="tien-trinh"')[1].split("</section>")[0]
    assert "1 việc" in row_of(page, "Việc nhanh")
    assert verdict(row_of(page, "Việc nhanh")) == "ok"
    assert "4 phút trước" in row_of(page, "Việc nặng")
    assert verdict(row_of(page, "Việc nặng")) == "warn"
    assert verdict(row_of(page, "Chưa rõ hàng đợi")) == "ok"
    assert "01900000" not in page, "nobody reads an identifier"


async def test_figures_that_lag_lead_to_their_organ(
    operator: Visitor, owner: psycopg.Connection, lam_son: Organ
) -> None:
    owner.execute("delete from control.rollup_mark")  # those of the making of the organs
    owner.execute(
        "insert into control.rollup_mark (tenant_id, module, marked_at) "
        "values (%s, 'documents', now() - interval '5 minutes')",
        [lam_son.id],
    )
    page = (await operator.get(PAGE)).text
    lagging = page.split('class="lagging"')[1].split("</ul>")[0]
    assert f'href="/van-hanh/don-vi/{lam_son.slug}"' in lagging
    assert "5 phút" in lagging


async def test_receivers_that_lack_an_event_lead_to_their_organ(
    operator: Visitor, owner: psycopg.Connection, lam_son: Organ
) -> None:
    assert "Sự kiện gửi phần mềm khác đều đã đến." in (await operator.get(PAGE)).text
    owner.execute(
        "insert into control.webhook_lag values (%s, gen_random_uuid(), now() - interval '2 hours'), "
        "(%s, gen_random_uuid(), now())",
        [lam_son.id, lam_son.id],
    )
    page = (await operator.get(PAGE)).text
    assert 'href="#su-kien"' in page.split('class="to-do"')[1].split("</ul>")[0]
    lacking = page.split('id="su-kien"')[1].split("</section>")[0]
    assert verdict(lacking) == "warn"
    assert f'href="/van-hanh/don-vi/{lam_son.slug}"' in lacking
    assert "2 nơi nhận, lâu nhất 2 giờ" in lacking
    page = (await operator.get(f"/van-hanh/don-vi/{lam_son.slug}")).text
    assert "2 nơi nhận, chậm 2 giờ" in page
    assert "/quan-tri/noi-nhan" in page


async def test_schedules_tell_when_they_ran_and_whether_they_failed(
    operator: Visitor, owner: psycopg.Connection
) -> None:
    owner.execute(
        "insert into control.job_kind (job, title, every_seconds, done_at, milliseconds, failed_at, error) values "
        "('a.well', 'Chạy tốt', 60, now(), 12, now() - interval '1 day', 'ValueError'), "
        "('a.late', 'Chạy muộn', 60, now() - interval '1 hour', 12, null, null), "
        "('a.sick', 'Bị lỗi', 60, now() - interval '1 minute', 12, now(), 'OSError'), "
        "('a.never', 'Chưa chạy', 60, null, null, null, null), "
        "('a.other', 'Không theo lịch', null, now(), 1, null, null)"
    )
    page = (await operator.get(PAGE)).text
    verdicts = {title: verdict(row_of(page, title)) for title in ("Chạy tốt", "Chạy muộn", "Bị lỗi", "Chưa chạy")}
    assert verdicts == {"Chạy tốt": "ok", "Chạy muộn": "warn", "Bị lỗi": "warn", "Chưa chạy": "warn"}
    assert "Không theo lịch" not in page
    assert "OSError" in row_of(page, "Bị lỗi")


async def test_versions_revision_disk_and_seals_are_told(operator: Visitor) -> None:
    page = (await operator.get(PAGE)).text
    for told in ("Python", "litestar", "PostgreSQL", head(), "MB trên đĩa", "chờ niêm", "lienxa doctor"):
        assert told in page, told


async def test_the_statements_do_not_grow_with_organs(
    operator: Visitor, owner: psycopg.Connection, statements: Any, do_luong: Organ
) -> None:
    with statements() as few:
        await operator.get(PAGE)
    owner.execute(
        "insert into control.tenant (id, slug, name, kind, level_label, parent_id, state, demonstration, created_at) "
        "select gen_random_uuid(), 'xa-' || n, 'Xã ' || n, 'commune', 'xã', %s, 'active', false, now() "
        "from generate_series(100, 400) n",
        [do_luong.id],
    )
    owner.execute("insert into control.rollup_mark select id, 'documents', now(), null from control.tenant")
    with statements() as many:
        assert (await operator.get(PAGE)).status_code == 200
    assert len(many.work) == len(few.work), many


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.4, "0 giây"), (59, "59 giây"), (61, "1 phút"), (7300, "2 giờ"), (200_000, "2 ngày")]
)
def test_a_time_is_told_in_its_largest_unit(seconds: float, said: str) -> None:
    assert lasting(seconds) == said
