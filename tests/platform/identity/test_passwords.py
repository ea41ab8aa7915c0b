"""What hashing passwords costs the process that does it."""

import os
import platform
import subprocess
import sys

import pytest

from lienxa.platform.supervisor import ALLOCATION

# Prints by how many MB the process has grown when eight threads have hashed a few passwords each.
GROWTH = """
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from lienxa.platform.identity.issuer.passwords import hash_password

def held():
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024

before = held()
with ThreadPoolExecutor(8) as threads:
    list(threads.map(hash_password, [f"password-{number}" for number in range(16)]))
    print(held() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps what threads free")
def test_hashing_in_many_threads_gives_its_memory_back() -> None:
    environment = os.environ | ALLOCATION
    command = [sys.executable, "-c", GROWTH]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert float(answer.stdout) < 32  # without it 130: 16 for each thread
