"""The provider behind the proxy in tests: the benchmark's own, under the name tests look for."""

from __future__ import annotations

from wissen_bench.gateway.fake_upstream import ANSWER, DIMENSIONS, WELL, Behaviour, FakeUpstream

__all__ = ["ANSWER", "DIMENSIONS", "WELL", "Behaviour", "FakeUpstream"]
