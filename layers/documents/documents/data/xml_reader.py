"""XML of no known vocabulary: its elements as named values, rendered as any other data."""

from __future__ import annotations

from itertools import groupby
from xml.etree.ElementTree import Element

from documents.data.fields import Record, Value
from documents.data.records import render_data
from documents.sections import ParsedDocument
from documents.source import Source
from documents.xml_tree import has_own_text, local_name, read_xml, whole_text

FORMAT = "xml"
MIME_TYPE = "application/xml"

_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"


def parse(source: Source) -> ParsedDocument:
    """Any XML file. Raises only ``documents.errors``."""
    return render_data(_value(read_xml(source)), source, format_name=FORMAT, mime_type=MIME_TYPE)


def _value(element: Element) -> Value:
    """Text for an element of words, a record for one of elements; siblings of one name are a list."""
    attributes: list[tuple[str, Value]] = [
        (name.rpartition("}")[2], value) for name, value in element.attrib.items() if not name.startswith(_XSI)
    ]
    if len(element) == 0 or has_own_text(element):
        text = whole_text(element)
        return Record((*attributes, ("text", text))) if attributes else text
    fields = attributes
    for name, group in groupby(element, key=local_name):
        values = [_value(child) for child in group]
        if name:
            fields.append((name, values[0] if len(values) == 1 else values))
    return Record(tuple(fields))
