"""What tesseract knows of Vietnamese, from npm. Run as `python -m lienxa.platform.reading.language`; not committed."""

import gzip
import sys
from pathlib import Path

KNOWLEDGE = Path(__file__).parent / "vendor"
LANGUAGE = "vie"
_ROOT = Path(__file__).parents[4]


def build(root: Path = _ROOT) -> None:
    """Unpack it from `<root>/node_modules`; FileNotFoundError if it is missing."""
    packed = root / "node_modules" / "@tesseract.js-data" / LANGUAGE / "4.0.0_best_int" / f"{LANGUAGE}.traineddata.gz"
    content = gzip.decompress(packed.read_bytes())
    KNOWLEDGE.mkdir(exist_ok=True)
    (KNOWLEDGE / f"{LANGUAGE}.traineddata").write_bytes(content)


def main() -> None:
    """Build, or say in one line what is missing."""
    try:
        build()
    except FileNotFoundError as error:
        sys.exit(f"Thiếu {error.filename}. Chạy “npm ci” trước.")


if __name__ == "__main__":
    main()
