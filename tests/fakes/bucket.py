"""A bucket in memory."""

from __future__ import annotations

from dataclasses import dataclass, field

from knowledge.bucket import Bucket, Upload
from knowledge.errors import NotFound, UpstreamUnavailable


@dataclass
class FakeBucket(Bucket):
    objects: dict[str, bytes] = field(default_factory=dict)
    reachable: bool = True
    forms: list[tuple[str, int, int]] = field(default_factory=list)

    def get(self, key: str) -> bytes:
        self._reach()
        if key not in self.objects:
            raise NotFound(f"the bucket has no object {key}")
        return self.objects[key]

    def put(self, key: str, data: bytes, content_type: str) -> None:
        self._reach()
        self.objects[key] = data

    def first_below(self, prefix: str) -> str | None:
        self._reach()
        return min((key for key in self.objects if key.startswith(prefix)), default=None)

    def delete_below(self, prefix: str) -> None:
        self._reach()
        for key in [key for key in self.objects if key.startswith(prefix)]:
            del self.objects[key]

    def presigned_post(self, key: str, size: int, seconds: int) -> Upload:
        self.forms.append((key, size, seconds))
        return Upload(url="https://bucket.example/", fields={"key": key})

    def _reach(self) -> None:
        if not self.reachable:
            raise UpstreamUnavailable("cannot reach the documents bucket")
