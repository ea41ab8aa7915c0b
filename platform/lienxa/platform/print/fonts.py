"""Set-up of the fonts, which come from npm. Run as `python -m lienxa.platform.print.fonts`; nothing is committed."""

import shutil
import sys
from pathlib import Path

from lienxa.platform.print.papers import FONTS

_STYLES = ("400Regular", "400Regular_Italic", "700Bold", "700Bold_Italic")
_ROOT = Path(__file__).parents[4]


def build(root: Path = _ROOT) -> None:
    """Copy Tinos from `<root>/node_modules`; FileNotFoundError if a style is missing."""
    package = root / "node_modules" / "@expo-google-fonts" / "tinos"
    FONTS.mkdir(exist_ok=True)
    for style in _STYLES:
        shutil.copyfile(package / style / f"Tinos_{style}.ttf", FONTS / f"Tinos_{style}.ttf")


def main() -> None:
    """Build, or say in one line what is missing."""
    try:
        build()
    except FileNotFoundError as error:
        sys.exit(f"Thiếu {error.filename}. Chạy “npm ci” trước.")


if __name__ == "__main__":
    main()
