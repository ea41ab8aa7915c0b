"""A pooler between the service and its database: whether there is one, and whether the settings know of it."""

from lienxa.platform.db import pooler
from lienxa.platform.db.pooler import Way
from lienxa.platform.doctor.findings import Finding, Patient, ok, warning, wrong
from lienxa.platform.settings import Settings
from lienxa.platform.text import _

_SETTING = "LIENXA_DB_DIRECT_DSN"
_APP = "LIENXA_DB_APP_DSN"


async def ways(patient: Patient) -> list[Finding]:
    """Where each address of the database leads. That the application's leads nowhere is told by other checks."""
    settings = patient.settings
    app = settings.db_app_dsn.get_secret_value()
    if not app or await pooler.explore(app) is None:
        return []
    pooled = pooler.is_pooled(settings)
    through = {_APP: app, "LIENXA_DB_OPERATOR_DSN": settings.db_operator_dsn.get_secret_value()}
    past = {
        "LIENXA_DB_MIGRATOR_DSN": settings.db_migrator_dsn.get_secret_value(),
        _SETTING: pooler.direct_dsn(settings, app) if pooled else "",
    }
    findings = []
    for name, address in {**through, **past}.items():
        way = await pooler.explore(address) if address else None
        if address and way is None:
            said = _("Không nối được cơ sở dữ liệu theo {name}.", name=name)
            findings.append(wrong("pooler", said, _("Sửa {setting}.", setting=name)))
        elif way is not None:
            findings += _of_service(name, way, settings) if name in through else _of_sessions(name, way)
    if pooled and not findings and not await pooler.lead_to_one_database(app, past[_SETTING]):
        said = _("{app} và {setting} dẫn tới hai cơ sở dữ liệu khác nhau.", app=_APP, setting=_SETTING)
        findings.append(wrong("pooler", said, _("Sửa {setting}.", setting=_SETTING)))
    return findings or [_sound(settings)]


def _sound(settings: Settings) -> Finding:
    if pooler.is_pooled(settings):
        return ok("pooler", _("Nối qua bộ gộp kết nối; việc cần kết nối riêng đi thẳng tới PostgreSQL."))
    return ok("pooler", _("Nối thẳng tới PostgreSQL."))


def _of_service(name: str, way: Way, settings: Settings) -> list[Finding]:
    """What is wrong with an address that may lead through a pooler, if the settings say so."""
    if way.is_pooled and not pooler.is_pooled(settings):
        said = _("{name} dẫn qua một bộ gộp kết nối (PgBouncer) mà cấu hình không biết.", name=name)
        remedy = _("Đặt {setting} là địa chỉ của chính PostgreSQL (docs/pooler.md).", setting=_SETTING)
        return [wrong("pooler", said, remedy)]
    if not way.is_pooled and pooler.is_pooled(settings):
        said = _("{name} dẫn thẳng tới PostgreSQL, mà có đặt {setting}.", name=name, setting=_SETTING)
        remedy = _("Cho {name} dẫn qua bộ gộp kết nối, hoặc bỏ {setting}.", name=name, setting=_SETTING)
        return [warning("pooler", said, remedy)]
    if way.is_pooled and way.jit:
        said = _("{name}: máy chủ bật jit cho kết nối qua bộ gộp, câu lệnh nhỏ chạy chậm.", name=name)
        return [warning("pooler", said, f"alter role {way.login} set jit = off;")]
    return []


def _of_sessions(name: str, way: Way) -> list[Finding]:
    """What is wrong with an address that must lead to PostgreSQL itself."""
    if not way.is_pooled:
        return []
    said = _("{name} dẫn qua một bộ gộp kết nối.", name=name)
    remedy = _("Đặt {setting} là địa chỉ của chính PostgreSQL (docs/pooler.md).", setting=name)
    return [wrong("pooler", said, remedy)]
