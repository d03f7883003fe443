"""No port of the store, and no method of one, is without a contract."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from tests import contracts
from tests.contracts.store import StoreContract
from tests.contracts.stores import People, Stores
from tests.fakes.store.whole import fake_stores

from knowledge import store
from knowledge.store import ports

#: The ports by the names that the contracts call them by.
PORTS: dict[str, type] = {name: port for name, port in get_type_hints(Stores).items() if port is not People}
CONTRACTS = [import_module(f"{contracts.__name__}.{found.name}") for found in pkgutil.iter_modules(contracts.__path__)]


def classes(module: Any) -> Iterator[type]:
    """The classes that a module defines."""
    for _, found in inspect.getmembers(module, inspect.isclass):
        if found.__module__ == module.__name__:
            yield found


def methods(port: type) -> set[str]:
    return {name for name, value in vars(port).items() if inspect.isfunction(value) and not name.startswith("_")}


def called() -> set[tuple[str, str]]:
    """Every ``stores.<port>.<method>(...)`` and ``<port>.<method>(...)`` of the contracts and their examples."""
    found = set()
    for module in CONTRACTS:
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for call in (node.func for node in ast.walk(tree) if isinstance(node, ast.Call)):
            match call:
                case ast.Attribute(value=ast.Attribute(value=ast.Name("stores"), attr=port), attr=method):
                    found.add((port, method))
                case ast.Attribute(value=ast.Name(port), attr=method):
                    found.add((port, method))
    return found


def test_every_port_is_among_the_stores_that_the_contracts_use() -> None:
    modules = [import_module(f"{ports.__name__}.{found.name}") for found in pkgutil.iter_modules(ports.__path__)]
    defined = {found for module in modules for found in classes(module) if getattr(found, "_is_protocol", False)}
    assert defined == set(PORTS.values())
    assert len(defined) >= 10


@pytest.mark.parametrize("name", sorted(PORTS))
def test_every_method_of_a_port_is_called_by_a_contract(name: str) -> None:
    promised = methods(PORTS[name])
    assert promised
    assert promised - {method for port, method in called() if port == name} == set()


def test_every_contract_is_part_of_the_whole() -> None:
    defined = {found for module in CONTRACTS for found in classes(module) if found.__name__.endswith("Contract")}
    assert defined - {StoreContract} == set(StoreContract.__bases__)
    named = [name for contract in StoreContract.__bases__ for name in vars(contract) if name.startswith("test_")]
    assert len(named) == len(set(named)), "one test would hide another of the same name"


@pytest.mark.parametrize("name", sorted(PORTS))
def test_postgresql_and_the_fakes_keep_a_port_themselves(name: str) -> None:
    """A method that is not overridden would give None, and live code has no place in a fake."""
    port = PORTS[name]
    modules = [import_module(f"{store.__name__}.{found.name}") for found in pkgutil.iter_modules(store.__path__)]
    (real,) = [found for module in modules for found in classes(module) if port in found.__mro__]
    fake = type(getattr(fake_stores(), name))
    assert port in fake.__mro__
    assert real not in fake.__mro__
    defaults = {"load"}  # made of another method of the port
    for kept in (real, fake):
        assert methods(port) - defaults <= set(vars(kept)), kept
