"""Checks a JSON value against a schema that came with a request, hence a hostile one.

Only keywords that cost bounded time are looked at: no patterns, no references out of the schema. Everything else is
taken as fulfilled. The whole check takes at most `MOST_STEPS` steps; one that does not finish does not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]
MOST_STEPS = 20_000
_DEEPEST = 100
_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


class TooCostly(Exception):
    """The check takes too long."""


def fits(value: Any, schema: Schema) -> bool:
    """Return True if `value` obeys `schema` as far as it is looked at, False if not or if that takes too long."""
    try:
        return _Check(schema).fits(value, schema, 0)
    except TooCostly:
        return False


class _Check:
    def __init__(self, root: Schema) -> None:
        self._root = root
        self._left = MOST_STEPS

    def fits(self, value: Any, schema: Any, depth: int) -> bool:
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            raise TooCostly
        if not isinstance(schema, dict):
            return schema is not False
        return (
            _has_type(value, schema.get("type"))
            and ("enum" not in schema or value in self._listed(schema["enum"]))
            and ("const" not in schema or value == schema["const"])
            and self._parts_fit(value, schema, depth + 1)
            and self._combined(value, schema, depth + 1)
        )

    def _parts_fit(self, value: Any, schema: Schema, depth: int) -> bool:
        if isinstance(value, dict):
            known = schema.get("properties")
            known = known if isinstance(known, dict) else {}
            rest = schema.get("additionalProperties", True)
            return all(name in value for name in self._listed(schema.get("required"))) and all(
                self.fits(part, known.get(name, rest), depth) for name, part in value.items()
            )
        if isinstance(value, list) and "items" in schema:
            return all(self.fits(part, schema["items"], depth) for part in value)
        return True

    def _combined(self, value: Any, schema: Schema, depth: int) -> bool:
        every = [*self._listed(schema.get("allOf")), *([self._target(schema["$ref"])] if "$ref" in schema else [])]
        if not all(self.fits(value, one, depth) for one in every):
            return False
        for keyword in ("anyOf", "oneOf"):
            branches = self._listed(schema.get(keyword))
            if branches and not any(self.fits(value, one, depth) for one in branches):
                return False
        return True

    def _listed(self, value: Any) -> list[Any]:
        """Return a list of the schema; each of its members is a step."""
        found = value if isinstance(value, list) else []
        self._left -= len(found)
        return found

    def _target(self, reference: Any) -> Any:
        """Return the part of the schema at a reference such as `#/$defs/Part`; anything fits at any other."""
        found: Any = self._root
        for step in str(reference).removeprefix("#").strip("/").split("/"):
            if step:
                found = found.get(step) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else True


def _has_type(value: Any, kinds: Any) -> bool:
    names = kinds if isinstance(kinds, list) else [kinds]
    allowed = [name for name in names if name in _TYPES]
    if not allowed:
        return True
    return any(
        isinstance(value, _TYPES[name]) and (name == "boolean" or not isinstance(value, bool)) for name in allowed
    ) or ("integer" in allowed and isinstance(value, float) and value.is_integer())
