"""Dates that documents state about themselves."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime

_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")


def is_iso_date(value: str) -> bool:
    """True for a date in ISO 8601, with or without a time."""
    return _ISO_DATE.fullmatch(value) is not None


def iso_date(value: str) -> str | None:
    """The date in ISO 8601: ``value`` itself, or a date as HTTP writes it; ``None`` for anything else."""
    if is_iso_date(value):
        return value
    try:
        return parsedate_to_datetime(value).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
