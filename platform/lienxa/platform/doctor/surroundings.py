"""What the service needs around it: disk, files, built parts, the web, the issuer, a collector."""

import asyncio
import os
import shutil
import socket
import tempfile
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from lienxa.platform.doctor.findings import Finding, Patient, ok, warning, wrong
from lienxa.platform.identity.addresses import issuer_server
from lienxa.platform.mail import sending
from lienxa.platform.print.papers import FONTS
from lienxa.platform.telemetry.pipeline import endpoint_of
from lienxa.platform.tenancy.organs import with_hosts
from lienxa.platform.text import _
from lienxa.platform.web import assets

_SECONDS = 5.0
_MEGABYTE = 1024 * 1024
_LITTLE, _TOO_LITTLE = 2048, 500
_SKEW_SECONDS = 5.0
_MOST_HOSTS = 50
_BUILT = ("icons.svg", "lienxa.css", "lienxa.js")


async def disk(patient: Patient) -> list[Finding]:
    """There is room for what comes."""
    free = shutil.disk_usage(_existing(patient.settings.data)).free // _MEGABYTE
    said = _("Còn {free} MB trên đĩa của {folder}.", free=free, folder=patient.settings.data.absolute())
    if free < _TOO_LITTLE:
        return [wrong("disk", said, _("Giải phóng chỗ ngay: dưới 500 MB dịch vụ không khởi động."))]
    if free < _LITTLE:
        return [warning("disk", said, _("Thêm đĩa hoặc dọn bớt trước khi đầy."))]
    return [ok("disk", said)]


async def files(patient: Patient) -> list[Finding]:
    """The file store can be written."""
    folder = patient.settings.data.absolute() / "files"
    try:
        with tempfile.NamedTemporaryFile(dir=_existing(folder)) as probe:
            probe.write(b"x")
            probe.flush()
    except OSError as error:
        said = _("Không ghi được vào kho tệp {folder}: {reason}.", folder=folder, reason=error.strerror)
        return [wrong("files", said, f"chown -R {os.geteuid()} {folder}")]
    return [ok("files", _("Kho tệp {folder} ghi được.", folder=folder))]


async def built(_patient: Patient) -> list[Finding]:
    """Styles, scripts, icons and fonts stand where pages and papers look for them."""
    findings = []
    missing = [name for name in _BUILT if not (assets.VENDOR / name).is_file()]
    if missing:
        remedy = ".venv/bin/python -m lienxa.platform.web.assets"
        findings.append(wrong("assets", _("Chưa đóng gói: {names}.", names=", ".join(missing)), remedy))
    if not any(FONTS.glob("*.ttf")):
        remedy = ".venv/bin/python -m lienxa.platform.print.fonts"
        findings.append(wrong("fonts", _("Thiếu phông chữ để in ở {folder}.", folder=FONTS), remedy))
    return findings or [ok("assets", _("Giao diện và phông chữ đã đóng gói."))]


async def web(patient: Patient) -> list[Finding]:
    """The web server answers on its port."""
    settings = patient.settings
    address = f"http://{settings.bind}:{settings.port}/readyz"
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.get(address)
    except httpx.HTTPError:
        said = _("Trang web không trả lời ở {address}.", address=address)
        return [wrong("web", said, _("Chạy “make run”, hoặc đặt LIENXA_PORT đúng cổng đang chạy."))]
    if answer.status_code != httpx.codes.OK:
        said = _("Trang web chưa sẵn sàng: {reason}.", reason=answer.text[:100])
        return [wrong("web", said, _("Xem nhật ký web."))]
    return [ok("web", _("Trang web trả lời ở {address}.", address=address))]


async def hosts(patient: Patient) -> list[Finding]:
    """The names of the organs lead somewhere."""
    async with patient.database.control() as session:
        known = [host for _organ, host in await with_hosts(session)][:_MOST_HOSTS]
    names = [patient.settings.sso_host, *known]
    lost = [name for name, found in zip(names, await asyncio.gather(*map(_resolves, names)), strict=True) if not found]
    if lost:
        said = _("Không phân giải được tên: {names}.", names=", ".join(lost[:5]))
        return [warning("hosts", said, _("Thêm bản ghi DNS (hoặc dòng trong /etc/hosts) cho các tên đó."))]
    return [ok("hosts", _("{count} tên máy chủ phân giải được.", count=len(names)))]


async def issuer(patient: Patient) -> list[Finding]:
    """The issuer answers, and its clock is ours: tokens of another time are refused."""
    settings = patient.settings
    address = f"{issuer_server(settings).rstrip('/')}/realms/{settings.realm}/.well-known/openid-configuration"
    try:
        async with httpx.AsyncClient(timeout=_SECONDS) as client:
            answer = await client.get(address)
        answer.raise_for_status()
        answer.json()["token_endpoint"]
    except (httpx.HTTPError, ValueError, KeyError):
        said = _("Máy chủ đăng nhập không trả lời ở {address}.", address=address)
        return [wrong("issuer", said, _("Kiểm tra LIENXA_ISSUER_URL, LIENXA_REALM và máy chủ đó."))]
    if "date" in answer.headers:
        skew = abs((parsedate_to_datetime(answer.headers["date"]) - datetime.now(UTC)).total_seconds())
        if skew > _SKEW_SECONDS:
            said = _("Đồng hồ lệch {seconds:.0f} giây so với máy chủ đăng nhập.", seconds=skew)
            return [wrong("issuer", said, _("Bật đồng bộ giờ trên cả hai máy."))]
    return [ok("issuer", _("Máy chủ đăng nhập trả lời."))]


async def collector(patient: Patient) -> list[Finding]:
    """The collector of telemetry takes connections, where there is one."""
    endpoint = endpoint_of(patient.settings)
    if not endpoint:
        return [ok("collector", _("Không có bộ thu (LIENXA_OTLP_ENDPOINT): dấu vết và số đo ghi vào thư mục dữ liệu."))]
    parts = urlsplit(endpoint)
    try:
        port = parts.port or {"https": 443}.get(parts.scheme, 80)
        _reader, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, port), _SECONDS)
    except (OSError, TimeoutError, ValueError):
        said = _("Không nối được bộ thu {endpoint}; dịch vụ vẫn chạy, dấu vết bị mất.", endpoint=endpoint)
        return [warning("collector", said, _("Kiểm tra LIENXA_OTLP_ENDPOINT và bộ thu đó."))]
    writer.close()
    return [ok("collector", _("Bộ thu {endpoint} nhận kết nối.", endpoint=endpoint))]


async def mail(patient: Patient) -> list[Finding]:
    """The mail server takes us, where one is set: it is tried as for a letter, with nothing handed over."""
    settings = patient.settings
    if not settings.smtp_host:
        return [ok("mail", _("Không đặt máy chủ thư (LIENXA_SMTP_HOST): hệ thống không gửi thư."))]
    if not settings.mail_from:
        remedy = _("Đặt LIENXA_MAIL_FROM, ví dụ khong-tra-loi@lien-xa.example.")
        return [wrong("mail", _("Có máy chủ thư mà không có địa chỉ gửi: không thư nào đi."), remedy)]
    refused = await asyncio.to_thread(sending.probe, settings.model_copy(update={"smtp_seconds": _SECONDS}))
    if refused:
        server = f"{settings.smtp_host}:{settings.smtp_port}"
        said = _("Máy chủ thư {server} không dùng được: {reason}", server=server, reason=refused.reason)
        return [warning("mail", said, _("Kiểm tra các dòng LIENXA_SMTP_…; thư đang chờ tự gửi lại."))]
    return [ok("mail", _("Máy chủ thư {host} nhận kết nối và đăng nhập.", host=settings.smtp_host))]


async def _resolves(name: str) -> bool:
    try:
        await asyncio.get_running_loop().getaddrinfo(name, 80, type=socket.SOCK_STREAM)
    except OSError:
        return name == "localhost" or name.endswith(".localhost")  # browsers take these for this machine themselves
    return True


def _existing(folder: Path) -> Path:
    """The folder, or the nearest above it that exists."""
    folder = folder.absolute()
    return folder if folder.is_dir() else _existing(folder.parent)
