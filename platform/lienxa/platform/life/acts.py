"""The acts on organs by name: what operators call them, their steps, and what carries them out."""

from collections.abc import Mapping
from uuid import UUID

from lienxa.platform.db.session import Database
from lienxa.platform.jobs import Job
from lienxa.platform.life import (
    entering,
    erasing,
    exporting,
    following,
    moving,
    planning,
    recording,
    restoring,
    suspending,
    works,
)
from lienxa.platform.life.models import OrganWork
from lienxa.platform.life.works import Kind
from lienxa.platform.tenancy.organs import REMEMBERED_SECONDS
from lienxa.platform.text import _

KINDS: Mapping[str, Kind] = {
    "suspend": Kind(
        _("Tạm dừng đơn vị"),
        _("Đơn vị đã tạm dừng; có hiệu lực ở mọi nơi sau nhiều nhất {seconds:.0f} giây.", seconds=REMEMBERED_SECONDS),
        suspending.suspend,
        {},
        told="office.suspended",
    ),
    "resume": Kind(
        _("Cho đơn vị hoạt động lại"), _("Đơn vị đã hoạt động lại."), suspending.resume, {}, told="office.resumed"
    ),
    "move": Kind(_("Đổi địa chỉ đơn vị"), _("Đã đổi địa chỉ."), moving.carry_out, {}, told="office.moved"),
    "export": Kind(
        _("Xuất dữ liệu đơn vị"),
        _("Đã xuất xong."),
        exporting.carry_out,
        exporting.STEPS,
        told="office.exported",
        for_leaders=False,
    ),
    "restore": Kind(_("Khôi phục đơn vị từ tệp lưu"), _("Đã khôi phục xong."), restoring.carry_out, restoring.STEPS),
    "merge": Kind(
        _("Sáp nhập đơn vị"),
        _("Đã sáp nhập xong."),
        following.carry_out,
        following.STEPS,
        told="office.merged",
        told_failed="office.succession_failed",
        concerned=planning.concerned,
    ),
    "split": Kind(
        _("Chia tách đơn vị"),
        _("Đã chia tách xong."),
        following.carry_out,
        following.STEPS,
        told="office.split",
        told_failed="office.succession_failed",
        concerned=planning.concerned,
    ),
    "record": Kind(_("Lập biên bản bàn giao"), _("Đã lập biên bản."), recording.carry_out, recording.STEPS),
    "call_off": Kind(
        _("Bỏ việc sáp nhập, chia tách đang hẹn"),
        _("Đã bỏ; không có gì thay đổi."),
        following.call_off,
        {},
        told="office.succession_called_off",
        concerned=planning.concerned,
    ),
    "erase": Kind(
        _("Quyết định xóa đơn vị"),
        _("Đã ghi quyết định xóa; đơn vị tạm dừng."),
        erasing.decide,
        {},
        told="office.to_be_erased",
        words=erasing.words,
    ),
    "phase": Kind(_("Chuyển giai đoạn đơn vị"), _("Đã chuyển giai đoạn."), entering.carry_out, {}),
    "call_back": Kind(
        _("Rút lại quyết định xóa"), _("Đã rút lại quyết định xóa."), erasing.call_back, {}, told="office.kept"
    ),
}


async def carry_out(database: Database, work_id: UUID) -> OrganWork:
    """Do what was asked for; `database` is the operator's."""
    return await works.carry_out(database, KINDS, work_id)


async def end_dead(database: Database, job: Job) -> None:
    """End what waits for a message of `job` that was put aside; `database` is the operator's."""
    await works.end_dead(database, KINDS, job)
