"""Child processes that never outlive the one that started them, and that tell it when they are at work."""

import ctypes
import os
import signal
import sys
from collections.abc import Callable

READY_FD = "LX_READY_FD"
_PR_SET_PDEATHSIG = 1


def die_with_parent(signum: signal.Signals) -> Callable[[], None]:
    """A `preexec_fn` by which the kernel sends `signum` to the child when its parent is gone, even by SIGKILL.

    The kernel watches the *thread* that starts the child: start children from the main thread. Only Linux has this;
    elsewhere the function does nothing and an orderly stop is all there is.
    """
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None)  # loaded here: between fork and exec nothing may be imported
    parent = os.getpid()

    def arrange() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
        if os.getppid() != parent:  # it died before the request was made
            os._exit(1)

    return arrange


def tell_ready() -> None:
    """Tell the supervisor, if there is one, that this process does its work from now on; later calls do nothing."""
    descriptor = os.environ.pop(READY_FD, "")
    if descriptor:
        os.close(int(descriptor))
