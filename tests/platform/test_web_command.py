"""`lienxa web`: the web process alone, as a cluster starts it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from lienxa.platform.db.embedded import free_port
from lienxa.platform.db.session import Database
from lienxa.platform.settings import Settings

PATIENCE = 60.0
LIENXA = Path(sys.executable).with_name("lienxa")


async def test_it_serves_in_production_and_ends_when_told(
    database: Database, test_settings: Settings, tmp_path: Path
) -> None:
    """Nobody answers at the issuer's address: whoever is signed in goes on, so the web does not wait for it."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LIENXA_")} | {
        "LIENXA_PROFILE": "production",
        "LIENXA_DATA": str(tmp_path),
        "LIENXA_PORT": str(port),
        "LIENXA_SCHEME": "https",
        "LIENXA_BASE_DOMAIN": "lien-xa.example.vn",
        "LIENXA_SSO_HOST": "dang-nhap.lien-xa.example.vn",
        "LIENXA_PUBLIC_PORT": "443",
        "LIENXA_ISSUER_URL": "https://id.example.vn",
        "LIENXA_ISSUER_SERVER_URL": f"http://127.0.0.1:{free_port()}",
        "LIENXA_CLIENT_SECRET": "of-the-client",
        "LIENXA_TELEMETRY": "off",
        "LIENXA_SECRET_KEY": test_settings.secret_key.get_secret_value(),
        "LIENXA_AUDIT_KEY": test_settings.audit_key.get_secret_value(),
        "LIENXA_DB_APP_DSN": database.engine.url.set(drivername="postgresql").render_as_string(False),
    }
    output = tmp_path / "web.out"
    web = start(environment, output)
    try:
        async with asyncio.timeout(PATIENCE), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            while not await answers(client):
                assert web.poll() is None, output.read_text()
                await asyncio.sleep(0.1)
            stranger = await client.get("/thu-tuc", headers={"host": "khong-co.lien-xa.example.vn"})
            assert stranger.status_code == 404
    finally:
        web.send_signal(signal.SIGTERM)
        ended = web.wait(PATIENCE)
    assert ended == 0, output.read_text()


def start(environment: dict[str, str], output: Path) -> subprocess.Popen[bytes]:
    """The process, as it is started by whoever runs the image."""
    with output.open("wb") as file:
        return subprocess.Popen([LIENXA, "web"], env=environment, stdout=file, stderr=file)


async def answers(client: httpx.AsyncClient) -> bool:
    """Whether it is ready to serve."""
    try:
        return (await client.get("/readyz")).status_code == 200
    except httpx.TransportError:
        return False
