"""Where events may not be sent, however it is written and wherever a name leads a moment later."""

import asyncio
import re
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from lienxa.platform.errors import InvalidInput
from lienxa.platform.networks import Allowed, read_allowed
from lienxa.platform.webhooks import sending, targets
from lienxa.platform.webhooks.targets import TargetRefused, check_written, is_public, resolve

from .conftest import Receiver, answered

NOBODY = Allowed()
INSIDE = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4", "168.63.129.16/32", "::/128", "::1/128", "::/96", "::ffff:127.0.0.1/128",
    "::ffff:10.0.0.0/104", "::ffff:169.254.169.254/128", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/32",
    "2001:db8::/32", "2002:7f00:1::/48", "fc00::/7", "fd00:ec2::254/128", "fe80::/10", "fec0::/10", "ff00::/8",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "103.1.200.10", "113.160.0.1", "8.8.8.8", "2001:4860:4860::8888", "2405:4800::1"]


@pytest.mark.parametrize("network", INSIDE)
def test_no_address_inside_is_public(network: str) -> None:
    found = ip_network(network)
    for address in {found[0], found[-1], found[found.num_addresses // 2]}:
        assert not is_public(address), address


@given(st.sampled_from(INSIDE), st.data())
def test_none_of_them_anywhere(network: str, data: st.DataObject) -> None:
    found = ip_network(network)
    address = found[data.draw(st.integers(0, found.num_addresses - 1))]
    assert not targets.is_allowed("vidu.vn", address, NOBODY)


@pytest.mark.parametrize("address", PUBLIC)
def test_ordinary_addresses_are_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_an_address_in_disguise_is_what_it_is() -> None:
    allowed = read_allowed("10.1.0.0/16")
    assert targets.is_allowed("x", ip_address("::ffff:10.1.2.3"), allowed)
    assert not targets.is_allowed("x", ip_address("::ffff:10.2.2.3"), allowed)
    assert targets.is_allowed("x", ip_address("::ffff:1.1.1.1"), NOBODY)


@pytest.mark.parametrize(
    "address",
    [
        "", "nhan.vidu.vn/su-kien", "ftp://vidu.vn", "http://vidu.vn/su-kien", "https://", "https:///x",
        "https://u:p@vidu.vn/", "https://vidu.vn/#a", "https://vidu.vn:99999/", "https://vidu.vn:0/",
        "https://vi du.vn/", "https://vidu.vn/\n", "https://vídụ.vn/", "https://[::1", "https://localhost/",
        "https://LOCALHOST./", "https://lam-son.localhost/", "https://kho/", "https://metadata.google.internal/",
        "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/",
        "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://169.254.169.254/latest", "https://10.0.0.8/",
        "https://[fd00::1]/", "https://0/", "https://vidu.vn/" + "a" * 500,
    ],
)  # fmt: skip
def test_what_cannot_be_entered(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_written(address, NOBODY)
    (fault,) = refused.value.fields
    assert fault.field == "address"
    assert fault.remedy


def test_what_can_be_entered() -> None:
    for address in ("https://nhan.vidu.vn/su-kien?khoa=1", "https://vidu.vn:8443/x", "https://1.1.1.1/"):
        assert check_written(address, NOBODY) == address
    allowed = read_allowed("10.20.0.0/16, Kho.Xa.Lan, kho")
    for address in ("http://10.20.1.1/", "http://kho.xa.lan:8080/x", "https://kho/", "http://KHO/"):
        assert check_written(address, allowed) == address
    for address in ("http://10.21.1.1/", "http://khac.xa.lan/", "http://vidu.vn/"):
        with pytest.raises(InvalidInput):
            check_written(address, allowed)


@pytest.mark.parametrize(
    "written", ["10.0.0.0/33", "10.0.0.1/8", "fe80::/129", "300.1.1.1", "*.xa.lan", "http://kho.xa.lan", "kho xa"]
)
def test_a_wrong_setting_is_named(written: str) -> None:
    with pytest.raises(ValueError, match=re.escape(f"“{written}”")):
        read_allowed(f"kho.xa.lan, {written}")


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let the resolver say this, one answer after the other; returns what it is asked."""
    asked: list[str] = []
    following = list(answers)

    async def look_up(host: str, _port: int) -> list[str]:
        asked.append(host)
        return following.pop(0) if len(following) > 1 else following[0]

    monkeypatch.setattr(targets, "look_up", look_up)
    return asked


async def test_every_address_of_a_name_must_be_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["1.1.1.1"], ["1.1.1.1", "10.0.0.1"], ["::ffff:127.0.0.1"], [])
    assert await resolve("vidu.vn", 443, NOBODY, secure=True) == [ip_address("1.1.1.1")]
    for _refusal in range(2):
        with pytest.raises(TargetRefused):
            await resolve("vidu.vn", 443, NOBODY, secure=True)
    with pytest.raises(OSError, match="no address"):
        await resolve("vidu.vn", 443, NOBODY, secure=True)


async def test_without_tls_only_where_the_operator_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["1.1.1.1"])
    with pytest.raises(TargetRefused):
        await resolve("vidu.vn", 80, NOBODY, secure=False)
    assert await resolve("vidu.vn", 80, read_allowed("vidu.vn"), secure=False)


async def test_a_name_that_leads_inside_is_never_connected_to(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    names(monkeypatch, ["127.0.0.1"])
    outcome = await sending.post(f"https://vidu.vn:{receiver.port}/", {}, b"{}", NOBODY)
    assert not outcome.arrived
    assert "nội bộ" in outcome.error
    assert "127.0.0.1" not in outcome.error
    assert receiver.received == []


async def test_a_name_is_asked_once_and_what_it_said_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """A second answer, elsewhere, is never heard: no time between looking and connecting."""
    asked = names(monkeypatch, ["127.0.0.1"], ["127.0.0.2"])
    allowed = Allowed(networks=(ip_network("127.0.0.1/32"),))
    outcome = await sending.post(f"http://vidu.vn:{receiver.port}/a?b=1", {"x": "y"}, b"{}", allowed)
    assert outcome.arrived, outcome
    assert asked == ["vidu.vn"]
    (got,) = receiver.received
    assert (got.head, got.headers["host"], got.body) == ("POST /a?b=1 HTTP/1.1", f"vidu.vn:{receiver.port}", b"{}")
    rebound = await sending.post(f"http://vidu.vn:{receiver.port}/a", {}, b"{}", allowed)
    assert not rebound.arrived
    assert len(receiver.received) == 1


async def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.answers = [answered(302, b"", f"Location: {receiver.address}")]
    outcome = await sending.post(receiver.address, {}, b"{}", read_allowed("127.0.0.1"))
    assert (outcome.status, outcome.arrived) == (302, False)
    assert len(receiver.received) == 1


async def test_of_an_endless_answer_little_is_read(receiver: Receiver) -> None:
    receiver.answers = [answered(500, "lỗi\x1b[31m ".encode() * 100_000)]
    outcome = await sending.post(receiver.address, {}, b"{}", read_allowed("127.0.0.1"))
    assert outcome.status == 500
    assert 100 < len(outcome.answer) <= 200
    assert outcome.answer.isprintable()


async def test_silence_and_nonsense_end(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    receiver.answers = [None, b"SSH-2.0-x\r\n"]
    silent = await sending.post(receiver.address, {}, b"{}", read_allowed("127.0.0.1"))
    assert (silent.status, silent.arrived) == (None, False)
    assert "không trả lời" in silent.error
    odd = await sending.post(receiver.address, {}, b"{}", read_allowed("127.0.0.1"))
    assert "không đúng giao thức" in odd.error
    closed = await sending.post("http://127.0.0.1:1/", {}, b"{}", read_allowed("127.0.0.1"))
    assert closed.error == "Không kết nối được."


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of that name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths


async def test_tls_asks_for_the_host_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection goes to a number, but SNI and the certificate are those of the name."""
    paths = certificate(tmp_path, "nhan.vidu.vn")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*paths)
    asked: list[Any] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    there = Receiver()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    names(monkeypatch, ["127.0.0.1"])
    allowed = Allowed(networks=(ip_network("127.0.0.1/32"),))
    trusting = ssl.create_default_context(cafile=str(paths[0]))
    monkeypatch.setattr(sending, "tls", lambda: trusting)
    assert (await sending.post(f"https://nhan.vidu.vn:{port}/", {}, b"{}", allowed)).arrived
    assert asked == ["nhan.vidu.vn"]
    wrong = await sending.post(f"https://khac.vidu.vn:{port}/", {}, b"{}", allowed)
    assert wrong.error == "Chứng thư TLS của địa chỉ không hợp lệ."
    server.close()
