"""The command line as a person uses it: in its own process, against an address, with credentials from the environment."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.world import ADMIN_PASSWORD

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0  # seconds, on a machine that is busy with other things


@dataclass(frozen=True)
class Ended:
    """The result of a command: its exit code, its output and its errors, each as one line of words."""

    code: int
    printed: str
    complaint: str


async def zeven(address: str, *arguments: str | Path, **environment: str) -> Ended:
    """`zeven ARGUMENTS` once it has ended; admin signs in unless `environment` says who else."""
    who = environment or {"ZEVEN_PASSWORD": ADMIN_PASSWORD}
    bare = {name: value for name, value in os.environ.items() if not name.startswith("ZEVEN_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cli", *map(str, arguments)),
        cwd=ROOT,
        env={**bare, **who, "ZEVEN_URL": address},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            output, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return Ended(process.returncode, *(" ".join(stream.decode().split()) for stream in (output, complaint)))
