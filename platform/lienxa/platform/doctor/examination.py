"""All checks, one after the other. One that fails is a finding, and does not keep the others from looking."""

from sqlalchemy import make_url

from lienxa.platform.db.session import Database
from lienxa.platform.doctor import configuration, database, pooler, surroundings
from lienxa.platform.doctor.findings import Check, Finding, Patient, wrong
from lienxa.platform.settings import Settings
from lienxa.platform.text import _

_WITHOUT_DATABASE: tuple[Check, ...] = (
    configuration.file,
    configuration.keys,
    configuration.names,
    configuration.profile,
    configuration.receivers,
    surroundings.disk,
    surroundings.files,
    surroundings.built,
    surroundings.web,
    surroundings.issuer,
    surroundings.collector,
    surroundings.mail,
)
_WITH_DATABASE: tuple[Check, ...] = (
    database.protection,
    database.queue,
    database.figures,
    database.deliveries,
    database.schedules,
    database.seals,
    database.trails,
    surroundings.hosts,
)
# What can be looked at every few seconds: no other machine is asked, no organ opened. Queues, figures and schedules,
# which belong to it, are judged by `of_...` in `database.py` where their numbers are shown.
_AT_A_GLANCE: tuple[Check, ...] = (
    database.server,
    database.protection,
    database.seals,
    surroundings.disk,
    surroundings.files,
    surroundings.built,
    configuration.file,
    configuration.keys,
    configuration.profile,
)


async def glance(patient: Patient) -> list[Finding]:
    """What the operator's page shows of the server and its surroundings."""
    return [finding for check in _AT_A_GLANCE for finding in await _guarded(check, patient)]


async def examine(settings: Settings) -> list[Finding]:
    """Everything that was found. Nothing is changed."""
    dsn = settings.db_app_dsn.get_secret_value()
    patient = Patient(settings, Database(dsn or "postgresql://", pool_size=2))
    try:
        found = [finding for check in _WITHOUT_DATABASE for finding in await check(patient)]
        if not dsn:
            return [*found, wrong("database", _("Chưa biết cơ sở dữ liệu (LIENXA_DB_APP_DSN)."), database.RUN)]
        found += await _guarded(pooler.ways, patient)
        try:
            found += await database.server(patient)
        except Exception as error:
            return [*found, _unreachable(dsn, error)]
        for check in _WITH_DATABASE:
            found += await _guarded(check, patient)
        return found
    finally:
        await patient.database.close()


async def _guarded(check: Check, patient: Patient) -> list[Finding]:
    try:
        return await check(patient)
    except Exception as error:
        said = _("Không kiểm tra được: {kind}.", kind=type(error).__name__)
        return [wrong(check.__name__, said, _("Mang cấu trúc lên phiên bản mới (lienxa migrate) rồi thử lại."))]


def _unreachable(dsn: str, error: Exception) -> Finding:
    """Which server was asked and as whom; never the password, which a message of the driver might hold."""
    address = make_url(dsn)
    host = address.host or address.query.get("host") or "localhost"
    cause = getattr(error, "orig", None) or error
    said = _(
        "Không nối được cơ sở dữ liệu “{database}” tại {host}, cổng {port}, bằng tài khoản {user}: {reason} ({kind}).",
        database=address.database or "",
        host=host,
        port=address.port or 5432,
        user=address.username or "",
        reason=_refusal(cause),
        kind=type(cause).__name__,
    )
    return wrong("database", said, _("Chạy “make run”; nếu máy chủ đang chạy thì sửa LIENXA_DB_APP_DSN."))


def _refusal(error: BaseException) -> str:
    state = str(getattr(error, "sqlstate", "") or getattr(error.__cause__, "sqlstate", "") or "")
    if state.startswith("28"):  # invalid authorization
        return _("máy chủ từ chối tài khoản hoặc mật khẩu")
    if state == "3D000":  # invalid catalog name
        return _("máy chủ không có cơ sở dữ liệu này")
    return _("máy chủ báo lỗi {state}", state=state) if state else _("máy chủ không trả lời")
