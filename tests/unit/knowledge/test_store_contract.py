"""The store's contract, kept by the fakes; tests/integration/test_store_contract.py runs it on PostgreSQL."""

from __future__ import annotations

import pytest
from tests.contracts.store import StoreContract
from tests.contracts.stores import Stores
from tests.fakes.store.whole import fake_stores


class TestFakes(StoreContract):
    """The contract on the store in memory."""

    @pytest.fixture
    def stores(self) -> Stores:
        return fake_stores()
