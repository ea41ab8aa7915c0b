"""The operator's page of an organ's readiness, the act that follows, and the commands."""

from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from pydantic import SecretStr
from sqlalchemy import select
from tests.conftest import Visitor
from tests.platform.operator.conftest import operator, stranger

from lienxa.platform.cli import main
from lienxa.platform.db.session import Database
from lienxa.platform.life import acts
from lienxa.platform.life import commands as life
from lienxa.platform.notify.models import Notice
from lienxa.platform.readiness import repository
from lienxa.platform.settings import Settings
from lienxa.platform.tenancy.organs import LIVE, PARALLEL, Organ, organ_by_id

__all__ = ["operator", "stranger"]

HERE = "/van-hanh/don-vi/lam-son/san-sang"


async def wanted(operator: Visitor, **sent: str) -> UUID:
    key = str(uuid4())
    answer = await operator.post(HERE, {"_once": key, **sent})
    assert answer.headers["location"] == f"/van-hanh/viec-don-vi/{key}", answer.text
    return UUID(key)


async def phase_of(database: Database, organ: Organ) -> str:
    async with database.control() as control:
        found = await organ_by_id(control, organ.id)
    assert found is not None
    return found.phase


async def test_an_operator_reads_the_list_and_a_worker_does_what_is_decided(
    operator: Visitor, lam_son: Organ, database: Database, operator_database: Database
) -> None:
    shown = (await operator.get(HERE)).text
    assert "Đã tập huấn cán bộ" in shown
    assert "Sẵn sàng hoạt động" in (await operator.get("/van-hanh/don-vi/lam-son")).text
    refused = await operator.post(HERE, {"phase": PARALLEL})
    assert refused.status_code == 422
    assert "Chưa ghi lý do trở lại." in refused.text
    assert (await operator.post(HERE, {"phase": "preparing", "reason": "thử"})).status_code == 422
    await acts.carry_out(operator_database, await wanted(operator, phase=PARALLEL, reason="sổ chưa khớp"))
    assert await phase_of(database, lam_son) == PARALLEL
    refused = await operator.post(HERE, {"phase": LIVE, "basis": "QĐ 15"})
    assert refused.status_code == 422
    assert "Đối chiếu sổ giấy không lệch" in refused.text
    await acts.carry_out(operator_database, await wanted(operator, phase=LIVE, basis="QĐ 15", reason="huyện yêu cầu"))
    assert await phase_of(database, lam_son) == LIVE
    async with database.tenant(lam_son.id) as session:
        last = (await repository.changes(session))[0]
        heard = (await session.scalars(select(Notice).order_by(Notice.id))).all()
    assert (last.phase, last.made_by, last.made_by_name) == (LIVE, None, "Người vận hành van-hanh")
    assert [notice.title.partition(": ")[2] for notice in heard if notice.kind == "office.enter_phase"] == [
        "chuyển đơn vị sang giai đoạn “Chạy song song”",
        "chuyển đơn vị sang giai đoạn “Chính thức”",
    ]
    trail = (await operator.get("/van-hanh/nhat-ky")).text
    assert "Yêu cầu chuyển giai đoạn đơn vị" in trail


async def test_a_decision_that_was_overtaken_leaves_nothing(
    operator: Visitor, lam_son: Organ, database: Database, operator_database: Database
) -> None:
    first = await wanted(operator, phase=PARALLEL, reason="một")
    second = await wanted(operator, phase=PARALLEL, reason="hai")
    await acts.carry_out(operator_database, first)
    assert (await acts.carry_out(operator_database, second)).state == "failed"
    async with database.tenant(lam_son.id) as session:
        assert [change.reason for change in await repository.changes(session)] == ["một"]


async def test_a_parent_has_a_list_and_no_phase(operator: Visitor, do_luong: Organ) -> None:
    shown = (await operator.get("/van-hanh/don-vi/do-luong/san-sang")).text
    assert "Mỗi việc có người đảm nhiệm" in shown
    assert "Chuyển giai đoạn" not in shown


def test_the_command_prints_a_line_for_each_item_and_fails_while_something_is_missing(
    offices: None, database_name: str, templates: object, test_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    dsn = templates.cluster.dsn("lx_operator", database_name)  # type: ignore[attr-defined]
    settings = test_settings.model_copy(update={"db_operator_dsn": SecretStr(dsn)})
    monkeypatch.setattr(life, "service", lambda: settings)

    def run(*words: str) -> tuple[int, str]:
        answer = CliRunner().invoke(main, ["organ", *words])
        return answer.exit_code, answer.output

    code, said = run("ready", "lam-son")
    assert code == 1
    assert said.startswith("Xã Lam Sơn: Chính thức\n")
    assert "\n[Chưa] Đã tập huấn cán bộ: " in said
    assert "\n[Đạt] Ký hiệu của từng cơ quan: " in said
    assert run("phase", "lam-son", "parallel")[0] == 1
    assert run("phase", "lam-son", "parallel", "--reason", "sổ chưa khớp") == (0, "Đã chuyển giai đoạn.\n")
    assert run("ready", "lam-son")[1].startswith("Xã Lam Sơn: Chạy song song\n")
    assert run("ready", "khong-co")[0] == 1
