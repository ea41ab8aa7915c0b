"""The process of `pdf_aside`: `[template, data, made_at]` comes as JSON on its input, the PDF goes to its output."""

import json
import sys
from pathlib import Path

from lienxa.platform.print.papers import typeset


def main() -> None:
    """Make one paper."""
    template, data, made_at = json.load(sys.stdin.buffer)
    sys.stdout.buffer.write(typeset(Path(template), data, made_at))


if __name__ == "__main__":
    main()
