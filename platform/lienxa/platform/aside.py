"""Work in a process of its own that ends with it: what costs memory, or may be broken by what it is given."""

import asyncio
import sys
from dataclasses import dataclass


@dataclass(frozen=True)
class Ended:
    """What the process wrote, what it said on standard error, and its exit status (negative: the signal)."""

    written: bytes
    said: bytes
    status: int

    @property
    def fault(self) -> str:
        """The last line that it said."""
        return self.said.decode(errors="replace").strip().rpartition("\n")[2]


async def run_aside(module: str, given: bytes, seconds: float) -> Ended:
    """Run `python -m module` with `given` on standard input. `TimeoutError`, and its end, if it takes longer."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # a signal to stop is for the service, which lets its requests end
    )
    try:
        written, said = await asyncio.wait_for(process.communicate(given), seconds)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ended(written, said, process.returncode)
