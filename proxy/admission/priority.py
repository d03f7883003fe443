"""The tiers of model calls. Their values travel in the header `x-priority` and are stored in `model_keys.max_priority`.

The client, the command line and the store have the same table, because they cannot import this module.
tests/unit/proxy/admission/test_priority.py compares them.
"""

from __future__ import annotations

from contextvars import ContextVar
from enum import IntEnum


class Priority(IntEnum):
    """The tiers; a higher value is served first."""

    CRITICAL = 10
    HIGH = 8
    MEDIUM = 6
    LOW = 4
    BATCH = 2


#: The difference between neighbouring tiers.
TIER_STEP = 2
#: The tier of the request that this process serves at the moment, for work done inside it; LOW outside of a request.
SERVED: ContextVar[Priority] = ContextVar("served", default=Priority.LOW)
