"""`python -m wissen`: the command line without its installed program."""

from __future__ import annotations

from wissen.cli import main

if __name__ == "__main__":
    main()
