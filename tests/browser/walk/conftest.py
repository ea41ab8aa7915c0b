"""A service of its own, started as a newcomer starts it, and a real Chromium from the project's own set-up."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dotenv import dotenv_values
from playwright.sync_api import Browser, ConsoleMessage, Page, Playwright, expect, sync_playwright
from tests.browser.conftest import AXE, FAULTS, RULES, Chromium

from lienxa.platform.db.embedded import Cluster

ROOT = Path(__file__).parents[3]
SHOTS = ROOT / "build" / "screenshots"
READY_SECONDS = 170
PATIENCE_MILLISECONDS = 30_000  # of somebody at a busy machine
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}

expect.set_options(timeout=PATIENCE_MILLISECONDS)


@dataclass
class Service:
    """A running service: its port and its data folder."""

    port: int
    data: Path
    environment: dict[str, str]

    def at(self, slug: str, path: str = "/") -> str:
        """The address of a page of an organ; of the sign-on host if the slug is empty."""
        host = f"{slug}.localhost" if slug else "localhost"
        return f"http://{host}:{self.port}{path}"

    @property
    def issuer(self) -> str:
        """Keycloak as browsers reach it, where that is the issuer."""
        kept = dotenv_values(self.data / "service.env")
        return f"http://id.localhost:{kept['LIENXA_KEYCLOAK_PORT']}"

    def command(self, *arguments: str) -> str:
        """Run `lienxa ...` as the operator of this installation; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "lienxa.platform.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """`lienxa run` with an empty data folder; stopped by SIGTERM, and nothing may be left of it.

    A module says by `SETTINGS` what is set beyond that.
    """
    data = Path(tempfile.mkdtemp(prefix="lienxa-walk-"))
    port = _free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("LIENXA_")}
    environment = {**clean, "LIENXA_DATA": str(data), "LIENXA_PORT": str(port), "LIENXA_TRACE_SAMPLE": "1"}
    environment |= {"LIENXA_DEMO_VOLUME": "few", **getattr(request.module, "SETTINGS", {})}
    with (data / "run.log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "lienxa.platform.cli", "run"], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        try:
            _wait_until_ready(process, data / "run.log", getattr(request.module, "READY_SECONDS", READY_SECONDS))
            yield Service(port, data, environment)
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
            Cluster(data / "postgresql").remove()  # as root it may lie elsewhere
            shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    """Starts browsers; ended with the module, because it and an event loop cannot share a process."""
    with sync_playwright() as driver:
        yield driver


@pytest.fixture
def chromium(request: pytest.FixtureRequest) -> Chromium:
    """The newest Chromium, or the one that a story is told in as well (`IN_BOTH`)."""
    return Chromium.of(getattr(request, "param", "chromium-current"))


@dataclass
class Person:
    """Somebody at a screen of their own. Every page is photographed; a page with an error in its console fails."""

    page: Page
    service: Service
    slug: str
    chromium: Chromium
    complaints: list[str] = field(default_factory=list)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep what the browser complains of, with the address."""
        if message.type == "error":
            self.complaints.append(f"{message.text} {message.location['url']}")

    def open(self, path: str) -> None:
        """Go to a page of the organ."""
        self.page.goto(self.service.at(self.slug, path))

    def sign_in(self, username: str, password: str = "lien-xa", path: str = "/") -> None:
        """From the organ's front door (or another page) through the issuer to one's own page."""
        self.open(path)
        self.page.get_by_label("Tên đăng nhập").fill(username)
        self.page.get_by_label("Mật khẩu", exact=True).fill(password)
        self.page.get_by_role("button", name="Đăng nhập").click()
        self.page.wait_for_url(self.service.at(self.slug, "/**"))

    def sign_in_first_time(self, username: str, password: str, chosen: str) -> None:
        """Sign in with a one-time password and choose one's own."""
        self.open("/")
        self.page.get_by_label("Tên đăng nhập").fill(username)
        self.page.get_by_label("Mật khẩu", exact=True).fill(password)
        self.page.get_by_role("button", name="Đăng nhập").click()
        expect(self.page.locator("input[type=password]")).to_have_count(2)
        self.shot("23-choose-password")
        self.examine()
        for field_of_password in self.page.locator("input[type=password]").all():
            field_of_password.fill(chosen)
        self.page.get_by_role("button").first.click()
        self.page.wait_for_url(f"http://{self.slug}.localhost:{self.service.port}/**")

    def examine(self) -> None:
        """Let axe-core look at a page that is none of an organ's (those are in `test_screens`)."""
        self.page.evaluate(AXE)
        assert self.page.evaluate(FAULTS, RULES) == []

    def shot(self, name: str) -> None:
        """Keep a picture of the page."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}-{self.chromium.major}.png", full_page=True)


@pytest.fixture
def somebody(driver: Playwright, chromium: Chromium, service: Service) -> Iterator[Callable[..., Person]]:
    """Seat a person before a screen of their own, at an organ; with a phone in hand if so wanted."""
    seated: list[Person] = []
    browsers: list[Browser] = []

    def seat(slug: str, *, phone: bool = False) -> Person:
        if not browsers or chromium.knows_one_person:
            browsers.append(_launch(driver, chromium))
        context = browsers[-1].new_context(
            viewport=PHONE if phone else DESK, has_touch=phone, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
        )
        context.set_default_timeout(PATIENCE_MILLISECONDS)
        page = context.new_page()
        person = Person(page, service, slug, chromium)
        page.on("console", person.hear)
        page.on("pageerror", lambda error: person.complaints.append(str(error)))
        seated.append(person)
        return person

    yield seat
    for browser in browsers:
        browser.close()
    assert [complaint for person in seated for complaint in person.complaints] == []


def _launch(driver: Playwright, wanted: Chromium) -> Browser:
    browser = driver.chromium.launch(
        executable_path=wanted.folder / "chromium", args=wanted.arguments, env=wanted.environment
    )
    assert browser.version.split(".")[0] == wanted.major
    return browser


def _wait_until_ready(process: subprocess.Popen[bytes], log: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if "ready: " in log.read_text():
            return
        assert process.poll() is None, log.read_text()
        time.sleep(0.2)
    raise AssertionError(f"not ready in {seconds} s: {log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
