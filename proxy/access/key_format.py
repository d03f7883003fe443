"""The form of a model key, checked before anybody is asked about it.

`wsm_`, 43 random characters (256 bits in base64url), 6 characters of check: CRC-32 of everything before them in
base64url. A made-up or mistyped key fails here without a look-up. Keys made before there was a check lack the last 6
characters. `wissen model-key create` writes the same form (local/wissen/stack/accounts/model_keys.py), which cannot
import this module; tests/unit/proxy/access/test_key_format.py compares them.
"""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from zlib import crc32

PREFIX = "wsm_"
_FORM = re.compile(r"(wsm_[A-Za-z0-9_-]{43})([A-Za-z0-9_-]{6})?")


def check_characters(unchecked: str) -> str:
    """Return the 6 characters that follow the prefix and the random part of a key."""
    return urlsafe_b64encode(crc32(unchecked.encode()).to_bytes(4, "big")).decode().rstrip("=")


def is_well_formed(presented: str) -> bool:
    """Return True if `presented` may be a key that this product has made."""
    found = _FORM.fullmatch(presented)
    return found is not None and (found[2] is None or found[2] == check_characters(found[1]))
