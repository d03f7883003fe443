"""How urgent a caller may be, judged before anybody is authenticated."""

from __future__ import annotations

from access.callers import Callers
from access.keys import KeyDirectory, KeyStore, ModelKey
from admission.priority import Priority

SERVICE = "sk-0123456789abcdef01234567"


class EmptyStore(KeyStore):
    def model_key(self, key_hash: str) -> ModelKey | None:
        return None


def scope(*headers: tuple[bytes, bytes]) -> dict[str, object]:
    return {"type": "http", "headers": list(headers)}


def test_the_functions_may_be_as_urgent_as_they_like_and_strangers_not_at_all() -> None:
    for directory in (None, KeyDirectory(EmptyStore())):
        callers = Callers(SERVICE, directory, None)
        assert callers.max_priority(scope((b"authorization", f"Bearer {SERVICE}".encode()))) == Priority.CRITICAL
        for given in (b"Bearer x", b"", "Bearer ÄÖ".encode(), b"Bearer \xff"):
            assert callers.max_priority(scope((b"authorization", given))) == Priority.BATCH
        assert callers.max_priority(scope()) == Priority.BATCH
        callers.close()
