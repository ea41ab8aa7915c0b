"""Lets the clock of every process of a walk go wrong: by the seconds in `<data>/clock`, while there is that file.

Python imports a module of this name by itself where it is on the path (`PYTHONPATH`).
"""

import os
import time
from pathlib import Path

_right = time.time
_WRONG_BY = Path(os.environ.get("LIENXA_DATA", "."), "clock")


def _time() -> float:
    try:
        return _right() + float(_WRONG_BY.read_text())
    except OSError:
        return _right()


time.time = _time
