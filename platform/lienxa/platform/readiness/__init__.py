"""How an organ comes to work here: what it still needs, the parallel run with its paper registers, going live."""

from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"
