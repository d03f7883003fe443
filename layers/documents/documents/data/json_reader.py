"""JSON: loading it within limits, and rendering any of it as readable text."""

from __future__ import annotations

import json
from typing import Any

from documents.data.fields import Record, Value
from documents.data.records import render_data
from documents.encoding import decode
from documents.errors import BrokenDocument, TooLarge
from documents.sections import ParsedDocument
from documents.source import Source

FORMAT = "json"
MIME_TYPE = "application/json"


def parse(source: Source) -> ParsedDocument:
    """Any JSON file, or one JSON value a line. Raises only ``documents.errors``."""
    loaded = load_json(source)
    return render_data(_value(loaded), source, format_name=FORMAT, mime_type=MIME_TYPE)


def load_json(source: Source) -> Any:
    """The file's content; numbers stay as they are written. Raises ``BrokenDocument`` or ``TooLarge``."""
    text = decode(source.data, source.name).lstrip("\ufeff")
    try:
        try:
            loaded = _loads(text)
        except ValueError:
            loaded = _json_lines(text)
    except RecursionError as error:
        raise TooLarge(source.name, f"its values are nested more than {source.limits.max_depth} deep") from error
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise BrokenDocument(source.name, f"it stops being JSON at line {line}") from error
    _check_size(loaded, source)
    return loaded


def _loads(text: str) -> Any:
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=str)


def _json_lines(text: str) -> list[Any]:
    """One value a line, as logs and exports have them. Raises the error of the file as a whole if it is not that."""
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2 or not lines[1].lstrip().startswith(("{", "[")):
        _loads(text)
    return [_loads(line) for line in lines]


def _check_size(loaded: Any, source: Source) -> None:
    """Refuse what is nested too deep to be walked, or has too many values."""
    limits, level, count, depth = source.limits, [loaded], 0, 0
    while level:
        source.check_time()
        count += len(level)
        depth += 1
        if depth > limits.max_depth:
            raise TooLarge(source.name, f"its values are nested more than {limits.max_depth} deep")
        if count > limits.max_nodes:
            raise TooLarge(source.name, f"it has more than {limits.max_nodes:,} values")
        level = [child for value in level for child in _children(value)]


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _value(loaded: Any) -> Value:
    if isinstance(loaded, dict):
        return Record(tuple((name, _value(each)) for name, each in loaded.items()))
    if isinstance(loaded, list):
        return [_value(each) for each in loaded]
    if loaded is None:
        return ""
    if isinstance(loaded, bool):
        return "true" if loaded else "false"
    return str(loaded)
