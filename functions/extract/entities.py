"""The names in a part's text, by patterns and gazetteers, section by section."""

from __future__ import annotations

from knowledge.entities.recognition import find_entities
from knowledge.records import Entity, ParsedPart


def entities_of(part: ParsedPart) -> list[Entity]:
    """Entities in reading order, their offsets counted in the document's text.

    Only sections are read: text that its reader does not see belongs to none.
    """
    return [
        entity.model_copy(
            update={"char_from": entity.char_from + section.char_from, "char_to": entity.char_to + section.char_from}
        )
        for section in part.sections
        for entity in find_entities(part.text[section.char_from - part.char_from : section.char_to - part.char_from])
    ]
