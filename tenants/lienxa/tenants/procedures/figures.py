"""What the parent may see of the one-stop: counts, by month. Nothing that names a person or a case."""

from collections.abc import Sequence

from lienxa.platform.db.session import TenantSession
from lienxa.platform.module import Figure, FigureRow
from lienxa.platform.rollup import standing
from lienxa.platform.rollup.months import reporting_months
from lienxa.platform.text import _
from lienxa.tenants.procedures import repository


async def _received(session: TenantSession) -> Sequence[FigureRow]:
    return [FigureRow(*row) for row in await repository.received_by_month(session)]


async def _solved(session: TenantSession) -> Sequence[FigureRow]:
    return [FigureRow(*row) for row in await repository.solved_by_month(session)]


async def _pending(session: TenantSession) -> Sequence[FigureRow]:
    months = await reporting_months(session)
    month = months.present
    spans = await repository.pending_spans(session, months)
    earlier = [row for row in standing.at_month_ends(spans, month) if row.month < month]
    in_time, late = await repository.pending_now(session)
    return [*earlier, FigureRow(month, "in_time", in_time), FigureRow(month, "late", late)]


FIGURES = (
    Figure(
        "procedures.received",
        _("Hồ sơ một cửa đã tiếp nhận"),
        _("Số hồ sơ một cửa tiếp nhận trong tháng."),
        _received,
    ),
    Figure(
        "procedures.solved",
        _("Hồ sơ một cửa đã giải quyết"),
        _(
            "Số hồ sơ có kết quả trong tháng: sớm hạn, đúng hạn hay quá hạn theo ngày có kết quả "
            "so với hạn trả; hồ sơ bị từ chối, rút hoặc dừng."
        ),
        _solved,
    ),
    Figure(
        "procedures.pending",
        _("Hồ sơ một cửa đang giải quyết"),
        _(
            "Số hồ sơ chưa có kết quả, còn hạn và quá hạn: lúc này; với tháng đã qua là lúc hết tháng, theo hạn trả"
            " hiện nay của hồ sơ. Hồ sơ chờ bổ sung tính là còn hạn."
        ),
        _pending,
        standing=True,
    ),
)
