"""The limits of a component's resources, kept by the kernel (setrlimit(2)) and inherited by all that it starts.

    python -I -S limits.py DATA_MIB FILES COMMAND...        run COMMAND with these limits

They bound one process each, well above its measured peak (docs/operations.md): a component that runs away ends with an
error of its own before the machine has no memory left. Set by a program that becomes the component, since changing a
process between fork and exec is not safe in a program with threads.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """`data_mib` bounds heap and other private memory in MiB, `files` the open files. No core dumps: they hold secrets.

    Processes are not bounded: Linux counts them by user and not by component, and not at all for root.
    """

    data_mib: int
    files: int = 4096

    def enforced_on(self, command: Sequence[str]) -> list[str]:
        """`command` such that it runs with these limits, in the process that is started."""
        return [sys.executable, "-I", "-S", __file__, str(self.data_mib), str(self.files), *command]

    def __str__(self) -> str:
        return f"{self.data_mib} MiB, {self.files} open files"


def main(arguments: Sequence[str]) -> int:
    """Does not return unless COMMAND cannot be run: 127."""
    data, files, *command = arguments
    _lower(resource.RLIMIT_CORE, 0)
    _lower(resource.RLIMIT_DATA, int(data) * _MIB)
    _lower(resource.RLIMIT_NOFILE, int(files))
    try:
        os.execvp(command[0], command)  # noqa: S606 - our own command line
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)  # noqa: T201 - into the component's log
        return 127


def _lower(kind: int, limit: int) -> None:
    """Set both limits, or leave the hard one where it is lower already."""
    _, hard = resource.getrlimit(kind)
    limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    resource.setrlimit(kind, (limit, limit))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
