"""Unpacks the Chromium that npm packages carry, each version into a folder of its own: build/chromium/<version>/.

The packages' own function unpacks to one fixed place and returns what is already there, whatever its version. Their
libraries and font come along, so that the browser needs nothing of the machine but the C library, and pages look the
same everywhere.
"""

import json
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from steps import ROOT, SetupFailed, Step, run

BROWSERS = ROOT / "build" / "chromium"
INFLATE = """
const fs = require("fs"), zlib = require("zlib"), { pipeline } = require("stream/promises");
const [from, to] = process.argv.slice(1);
pipeline(fs.createReadStream(from), zlib.createBrotliDecompress(), fs.createWriteStream(to, { mode: 0o755 }));
"""
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/font-cache</cachedir></fontconfig>
"""


def versions() -> dict[str, str]:
    """The packages that carry a browser, and their version: `{"chromium-current": "147.0.0"}`."""
    wanted: dict[str, str] = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    return {name: source.rpartition("@")[2] for name, source in wanted.items() if name.startswith("chromium-")}


def unpack(node_modules: Path, environment: Mapping[str, str]) -> None:
    """Unpack every browser that is not unpacked yet."""
    for name, version in versions().items():
        folder = BROWSERS / version
        Step(f"Bung trình duyệt Chromium {version}", folder / ".stamp", version, str(folder), INFLATE, FONTS).do(
            lambda package=node_modules / name, folder=folder: _unpack(package, folder, environment)
        )


def _unpack(package: Path, folder: Path, environment: Mapping[str, str]) -> None:
    unfinished = folder.with_suffix(".unfinished")
    for leftover in (folder, unfinished):
        shutil.rmtree(leftover, ignore_errors=True)
    unfinished.mkdir(parents=True)
    parts = sorted((package / "bin").glob("*.br"))
    if not parts:  # npm has been seen to end well after a broken download
        raise SetupFailed(f"Gói {package.name} thiếu tệp. Xóa thư mục node_modules rồi chạy lại.")
    for packed in parts:
        target = unfinished / packed.stem
        run(["node", "--eval", INFLATE, str(packed), str(target)], environment)
        if target.suffix == ".tar":
            with tarfile.open(target) as archive:
                archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.4 brought it
                archive.extractall(unfinished)
            target.unlink()
    if (unfinished / ".fonts").is_dir():  # as version 109 names it
        (unfinished / ".fonts").rename(unfinished / "fonts")
    (unfinished / "fonts.conf").write_text(FONTS.format(folder=folder))
    unfinished.rename(folder)
