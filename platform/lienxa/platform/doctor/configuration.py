"""Settings: what is set, whether it makes sense, and whether only we read it."""

import difflib
import os
import stat
from pathlib import Path

from dotenv import dotenv_values

from lienxa.platform.doctor.findings import Finding, Patient, ok, warning, wrong
from lienxa.platform.settings import SERVICE_FILE, Settings
from lienxa.platform.text import _

_KEYS = ("secret_key", "audit_key", "client_secret")
# 32 random bytes, hexadecimal; the client's secret is a password and may be shorter.
_KEY_LENGTH = {"secret_key": 64, "audit_key": 64, "client_secret": 32}
# Read by the set-up, by scripts or by libraries, not by the service itself.
_BESIDE = {"LIENXA_PG_BIN", "LIENXA_LANGUAGE"}


async def keys(patient: Patient) -> list[Finding]:
    """Every key is there, long enough, of its own, and hexadecimal where it must be."""
    found: list[Finding] = []
    values = {name: getattr(patient.settings, name).get_secret_value() for name in _KEYS}
    remedy = _("Tạo khóa mới bằng: openssl rand -hex 32, ghi vào {file} rồi khởi động lại.", file=_file(patient))
    for name, value in values.items():
        variable = f"LIENXA_{name.upper()}"
        if not value:
            found.append(wrong("keys", _("Thiếu khóa {name}.", name=variable), remedy))
        elif len(value) < _KEY_LENGTH[name] or len(set(value)) < 8:
            found.append(wrong("keys", _("Khóa {name} quá yếu.", name=variable), remedy))
        elif name != "client_secret" and not _is_hexadecimal(value):
            found.append(wrong("keys", _("Khóa {name} không phải dạng thập lục phân.", name=variable), remedy))
    replaced = patient.settings.replaced_keys
    if {key.lower() for key in replaced} & {value.lower() for value in values.values()}:
        said = _("Một khóa đang dùng cũng nằm trong danh sách khóa cũ.")
        found.append(wrong("keys", said, _("Bỏ nó khỏi danh sách.")))
    if len(set(values.values())) < len(values) and all(values.values()):
        found.append(wrong("keys", _("Hai khóa giống nhau."), remedy))
    return found or [ok("keys", _("Đủ khóa, đủ dài.") + _replaced_in_words(len(replaced)))]


async def names(patient: Patient) -> list[Finding]:
    """No variable of ours is misspelt: one that nobody reads changes nothing, in silence."""
    known = {f"LIENXA_{name.upper()}" for name in Settings.model_fields} | _BESIDE
    given = {*os.environ, *dotenv_values(_file(patient))}
    found = []
    for name in sorted(name for name in given if name.startswith("LIENXA_") and name not in known):
        near = difflib.get_close_matches(name, known, 1)
        remedy = _("Có phải {near}? Sửa hoặc bỏ đi.", near=near[0]) if near else _("Bỏ đi.")
        found.append(warning("settings", _("Không có cấu hình tên {name}.", name=name), remedy))
    return found or [ok("settings", _("Không có cấu hình lạ."))]


async def receivers(patient: Patient) -> list[Finding]:
    """Where events may go beyond the internet; what cannot be read is refused when settings are read."""
    return [ok("receivers", _("Nơi nhận nội bộ được phép: {allowed}.", allowed=patient.settings.webhook_allow or "–"))]


async def file(patient: Patient) -> list[Finding]:
    """Whoever reads service.env can do everything: nobody else may."""
    path = _file(patient)
    if not path.is_file():
        if patient.settings.profile == "production":
            return [ok("service file", _("Cấu hình lấy từ biến môi trường."))]
        remedy = _("Chạy “make run” trước, hoặc đặt LIENXA_DATA.")
        return [wrong("service file", _("Chưa có {file}.", file=path), remedy)]
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        remedy = f"chmod 600 {path}"
        return [wrong("service file", _("Người khác đọc được {file} (quyền {mode:o}).", file=path, mode=mode), remedy)]
    return [ok("service file", _("Chỉ chủ dịch vụ đọc được {file}.", file=path))]


async def profile(patient: Patient) -> list[Finding]:
    """What production must set, and what belongs to a demonstration only."""
    settings = patient.settings
    if settings.profile == "embedded":
        return [ok("profile", _("Cấu hình nhúng: dùng thử trên một máy."))]
    wanted = {
        "LIENXA_SCHEME=https": settings.scheme == "https",
        "LIENXA_BASE_DOMAIN": settings.base_domain != "localhost",
        "LIENXA_SSO_HOST": settings.sso_host != "localhost",
        "LIENXA_ISSUER_URL": bool(settings.issuer_url or settings.issuer_server_url),
        "LIENXA_PROVISIONER_CLIENT_SECRET": bool(settings.provisioner_client_secret.get_secret_value()),
        _("LIENXA_TODAY (bỏ)"): settings.today is None,
    }
    missing = [name for name, set_right in wanted.items() if not set_right]
    if missing:
        said = _("Cấu hình chính thức chưa đủ hoặc chưa đúng: {names}.", names=", ".join(missing))
        return [wrong("profile", said, _("Đặt các biến đó rồi khởi động lại."))]
    return [ok("profile", _("Cấu hình chính thức đủ các mục bắt buộc."))]


def _replaced_in_words(count: int) -> str:
    return " " + _("Còn nêu {count} khóa cũ (lienxa keys rotate).", count=count) if count else ""


def _file(patient: Patient) -> Path:
    return patient.settings.data.absolute() / SERVICE_FILE


def _is_hexadecimal(value: str) -> bool:
    try:
        bytes.fromhex(value)
    except ValueError:
        return False
    return True
