"""All the patterns make of a question: intent, entities, keywords, time markers, complexity, other words for it."""

from __future__ import annotations

import re

from grammar.language import is_function_word
from knowledge.entities.recognition import question_entities
from knowledge.questions.intents import analyze
from knowledge.records import Analysis, QuestionEntity
from knowledge.taxonomy import EntityType, Language
from knowledge.vocabulary.gazetteers import gazetteer
from knowledge.vocabulary.synonyms import concepts, expand

#: So many keywords at most.
MOST_KEYWORDS = 12

_WORD = re.compile(r"\w+(?:[-/]\w+)*")
#: Words that say how is asked and not about what.
_ASKING = frozenset(
    "gibt geben gelten gilt bedeutet heißt zeige zeig nenne nennen erklären erkläre steht fordert verlangt sagt"
    " unterschied zwischen vergleich vergleiche brauchen braucht welchen genau"
    " eigentlich kurz danke hallo guten tag text inhalt wortlaut anforderung anforderungen requirement"
    " requirements require requires required say says mean means tell give need needs want please thanks hello hi"
    " compare difference between versus vs best practice practices tips tipps recommended empfehlungen there much"
    " many often long oft lange man etwas something".split()
)
_TIME = re.compile(
    r"\b(?:(?:innerhalb|binnen)\s+(?:von\s+)?\w+\s+\w+|within\s+\w+\s+\w+|(?:\d+|einer|einem|ein|eine|one|two|three|zwei|drei)"
    r"[\s-](?:minuten?|stunden?|tage?n?|werktage?n?|wochen?|monate?n?|jahre?n?|quartale?|minutes?|hours?|days?|weeks?|months?|years?)"
    r"|(?:stünd|täg|wöchent|monat|viertel?jähr|quartals|halbjähr|jähr)lich\w*|quartalsweise|hourly|daily|weekly|monthly|quarterly"
    r"|annual(?:ly)?|yearly|wie\s+(?:oft|lange|schnell|häufig)|how\s+(?:often|long|soon|quickly)|bis\s+wann|by\s+when|wann|when"
    r"|(?:seit|ab|bis|vor|nach|since|until|before|after|as\s+of|in)\s+(?:19|20)\d\d|(?<![\w:.-])20[0-4]\d(?![\w.])|regelmäßig\w*"
    r"|periodically|regularly|unverzüglich|immediately|sofort|derzeit|aktuell\w*|currently|latest|neueste\w*"
    r"|frist(?:en)?|deadlines?|aufbewahrungsfrist\w*|retention\s+periods?)\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"\b(?:wenn|falls|sofern|if|unless|provided|angenommen|assuming)\b", re.IGNORECASE)
_LIST = re.compile(r"\b(?:und|sowie|oder|and|or|as\s+well\s+as)\b", re.IGNORECASE)
_MANY_WORDS = 22
_SEVERAL_PARTS = 2


def read_question(question: str, language: Language | None = None) -> Analysis:
    """Reads a question by patterns and tables. Calls nobody; well under a millisecond."""
    analysis = analyze(question, language)
    entities = question_entities(question)
    return analysis.model_copy(
        update={
            "entities": entities,
            "keywords": keywords(question),
            "time_markers": time_markers(question),
            "complexity": "complex" if is_complex(question, analysis, entities) else "simple",
            "expansion": expand(question, analysis.language),
        }
    )


def prepare() -> None:
    """Read the tables, which the first question would wait some 30 ms for."""
    gazetteer()
    concepts()


def keywords(question: str) -> tuple[str, ...]:
    """The content words as written, in order, each once."""
    chosen: dict[str, str] = {}
    for match in _WORD.finditer(question):
        word = match[0]
        lowered = word.lower()
        if len(word) > 1 and not lowered.isdigit() and lowered not in _ASKING and not is_function_word(lowered):
            chosen.setdefault(lowered, word)
    return tuple(chosen.values())[:MOST_KEYWORDS]


def time_markers(question: str) -> tuple[str, ...]:
    """Words that ask for or state a time, a frequency or a year, as written."""
    return tuple(dict.fromkeys(match[0] for match in _TIME.finditer(question)))


def is_complex(question: str, analysis: Analysis, entities: tuple[QuestionEntity, ...]) -> bool:
    """True if a question takes more than one look-up.

    So it is when it compares, sets a condition on several things, asks for several things (two questions, controls or
    standards, or a list in a question with two intents), or is longer than 22 words.
    """
    named = {entity.normalized for entity in entities if entity.type in (EntityType.CONTROL_ID, EntityType.STANDARD)}
    several = len(_LIST.findall(question)) + len(_CONDITION.findall(question))
    return (
        analysis.comparison
        or len(named) >= _SEVERAL_PARTS
        or len(analysis.controls) >= _SEVERAL_PARTS
        or len(question.split()) > _MANY_WORDS
        or (_CONDITION.search(question) is not None and several >= _SEVERAL_PARTS)
        or (bool(analysis.secondary_intents) and several > 0)
        or (question.count("?") >= _SEVERAL_PARTS and sum(map(bool, map(str.strip, question.split("?")))) > 1)
    )
