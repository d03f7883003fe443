"""Running a program that refuses to run as root, when we are root: as `nobody`, with one capability.

The capability lets the program pass through folders that it does not own. So its data stays inside the private state
folder, which nobody else can enter, no account is created, and no folder above is opened to others.

A checkout may itself lie below a folder that only root may enter, as in most containers root's home is one. The kernel
ignores capabilities in access(2) for any user but root, and PostgreSQL asks access(2) whether its own programs are
there. The secure bit `no_setuid_fixup` makes the kernel honour them (capabilities(7)). It needs CAP_SETPCAP to be set,
so it is only used where the programs cannot be reached otherwise.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
from pathlib import Path

from wissen.stack.errors import ComponentFailed, ProgramMissing

ACCOUNT = "nobody"

_PASSING = ("dac_read_search", "dac_override")
"""Capabilities to pass through another user's folder; the narrower one first."""
_BITS = {"dac_override": 1, "dac_read_search": 2, "setpcap": 8}  # linux/capability.h


def prefix(component: str, programs: Path) -> list[str]:
    """The words to put before a program of the folder `programs` so that it does not run as root; none for others.

    Raises ProgramMissing without setpriv, ComponentFailed if this root lacks a capability that is needed.
    """
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ProgramMissing(component, Path("setpriv (package util-linux), as you are root"))
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return [setpriv, *options(component, programs, int(status.split("CapEff:")[1].split()[0], 16)), "--"]


def options(component: str, programs: Path, effective: int) -> list[str]:
    """setpriv's options for a root with this mask of effective capabilities. Raises ComponentFailed."""
    account = pwd.getpwnam(ACCOUNT)
    passing = next((name for name in _PASSING if effective >> _BITS[name] & 1), None)
    if passing is None:
        raise ComponentFailed(component, "cannot start: this root may not pass through folders; run as a normal user")
    chosen = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    chosen += [f"--inh-caps=+{passing}", f"--ambient-caps=+{passing}"]
    closed = closed_to_others(programs)
    if closed is None:
        return chosen
    if not effective >> _BITS["setpcap"] & 1:
        reason = f"cannot start: only root may enter {closed}, and this root may not let another user pass it"
        raise ComponentFailed(component, f"{reason}; move the checkout, or run as a normal user")
    return [*chosen, "--securebits=+no_setuid_fixup"]


def closed_to_others(folder: Path) -> Path | None:
    """The outermost folder on the way to `folder` that not everybody may enter; None if the way is open."""
    way = [*reversed(folder.resolve().parents), folder.resolve()]
    return next((step for step in way if not step.stat().st_mode & stat.S_IXOTH), None)
