"""Real browsers, from npm (infra/setup/browsers.py): the newest, and the last that runs on Windows 7."""

import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "build"
# axe-core, the rules that hold here, and what gives its findings as lines once it was run in a page.
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FAULTS = """async rules => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"]})).violations
  .map(fault => `${fault.id}: ${fault.nodes.map(node => node.html).slice(0, 3).join(" | ")}`)"""


@dataclass(frozen=True)
class Chromium:
    """An unpacked browser and how it is started."""

    package: str
    version: str
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, package: str) -> "Chromium":
        """The browser of a package named in package.json."""
        wanted: str = json.loads((ROOT / "package.json").read_text())["devDependencies"][package]
        arguments = ("--no-sandbox", "--no-zygote", "--headless=shell")
        if package == "chromium-oldest":
            arguments += ("--single-process", "--use-gl=swiftshader")
        return cls(package, wanted.rpartition("@")[2], arguments)

    @property
    def major(self) -> str:
        """What people call the version: `109`."""
        return self.version.split(".")[0]

    @property
    def folder(self) -> Path:
        """Where it was unpacked."""
        return BUILD / "chromium" / self.version

    @property
    def knows_one_person(self) -> bool:
        """Whether a second person needs a browser of their own.

        In a single process what any page loads is asked for with the cookies of the context that was opened first.
        """
        return "--single-process" in self.arguments

    @property
    def environment(self) -> dict[str, str]:
        """With the libraries and the font that came along: nothing of the machine is needed, all pages look alike.

        The libraries of the newest serve both; the oldest brings only a part of them.
        """
        libraries = Chromium.of("chromium-current").folder / "lib"
        return os.environ | {"LD_LIBRARY_PATH": str(libraries), "FONTCONFIG_FILE": str(self.folder / "fonts.conf")}


@pytest.fixture
def chromium() -> Chromium:
    """The browser to start; a test that is to run in another overrides it."""
    return Chromium.of("chromium-current")


@pytest.fixture
async def browser(chromium: Chromium) -> AsyncIterator[Browser]:
    """The started browser, certainly the one asked for."""
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(
            executable_path=chromium.folder / "chromium", args=chromium.arguments, env=chromium.environment
        )
        assert started.version.split(".")[0] == chromium.major
        yield started
        await started.close()


@pytest.fixture
def screenshots() -> Path:
    """The folder in which screenshots are kept."""
    folder = BUILD / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
