"""Questions that only make sense after an earlier one, and what they ask in full.

    earlier                                    follow-up                       in full
    Was fordert ORP.4.A8?                      und A5?                         Was fordert ORP.4.A5?
    Was fordert ISO 27001 zu Passwörtern?      und C5?                         Was fordert C5 zu Passwörtern?
    Was fordert ORP.4.A8?                      Wer ist dafür verantwortlich?   Wer ist für ORP.4.A8 verantwortlich?
    How often must rights be reviewed?         what about contractors?         How often must rights be reviewed –
                                                                               what about contractors?

A question is taken to be complete unless its words show that it does not: changing one that does would do more harm
than leaving one that does not. What cannot be put in place of something is put behind it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grammar.control_ids import control_key, display_id, module_of
from grammar.typed_ids import find_typed_control_ids
from knowledge.entities.recognition import question_entities
from knowledge.questions.follow_up_words import (
    AFTER_PRONOUN,
    ANTICIPATES,
    ASKS_IN_FULL,
    ASKS_WHICH,
    BARE,
    ENGLISH_PRONOUN,
    GERMAN_DEMONSTRATIVE,
    GERMAN_FOR,
    GERMAN_OBJECT,
    GERMAN_PERSONAL,
    ONE_OF_THEM,
    OPENER,
    PARTIAL_ID,
    PREPOSITION,
    PRONOMINAL,
    REFERRING_NOUN,
    SECOND_CLAUSE,
    VERB,
    WHAT_ABOUT,
)
from knowledge.questions.reading import keywords
from knowledge.records import EarlierQuestion, QuestionEntity
from knowledge.taxonomy import EntityType

#: What is looked back at, at most.
MOST_TURNS, MOST_CHARACTERS = 6, 4_000
#: Of the earlier question, what is repeated in the full one.
_MOST_REPEATED = 500
#: A fragment has no more words than this.
_MOST_WORDS = 7
#: A longer question says by itself what it is about.
_MOST_WORDS_WITH_PRONOUN = 14

_WHOSE_VIEW = frozenset({EntityType.STANDARD, EntityType.ORGANIZATION})
_BLANKS = re.compile(r"\s+")
_ENDS = " \t\n.?!…"


def resolve(question: str, earlier: Sequence[EarlierQuestion]) -> str | None:
    """The question in full, after those asked ``earlier`` (the latest first).

    None for a question that is complete, and where no earlier one is. Only the last MOST_TURNS questions, of
    together MOST_CHARACTERS, are looked at.
    """
    before = _standing(earlier)
    if before is None or not depends_on_earlier(question):
        return None
    asked = _BLANKS.sub(" ", question).strip()
    if another := _with_other_id(asked, before):
        return another
    if any(find_typed_control_ids(asked)):
        return None  # "what about NAC-05" after a question that names no control
    return _with_other_topic(asked, before) or _with_pronoun_replaced(asked, before) or _joined(before, asked)


def depends_on_earlier(question: str) -> bool:
    """True if a question only makes sense after another one."""
    asked = _BLANKS.sub(" ", question).strip(_ENDS)
    opener = OPENER.match(asked)
    rest = asked[opener.end() :] if opener else asked
    if not rest:
        return bool(opener)
    return (
        BARE.fullmatch(rest) is not None
        or PARTIAL_ID.fullmatch(rest) is not None
        or _topic_asked_about(rest) is not None
        or _is_fragment(rest, after_opener=opener is not None, asks=question.rstrip().endswith("?"))
        or _refers_back(rest)
    )


def _standing(earlier: Sequence[EarlierQuestion]) -> str | None:
    """The latest question that can be understood by itself."""
    characters = 0
    for turn in earlier[:MOST_TURNS]:
        characters += len(turn.standing)
        if characters > MOST_CHARACTERS:
            return None
        if turn.resolved_question or not depends_on_earlier(turn.question):
            return _BLANKS.sub(" ", turn.standing).strip()
    return None


def _topic_asked_about(rest: str) -> str | None:
    """The contractors of "what about contractors"."""
    match = WHAT_ABOUT.fullmatch(rest)
    if match is None or ASKS_IN_FULL.search(match["topic"]) or len(match["topic"].split()) > _MOST_WORDS:
        return None
    return match["topic"]


def _is_fragment(rest: str, *, after_opener: bool, asks: bool) -> bool:
    """ "und für Windows-Server?", "For contractors?": a place or a thing, and nothing that is asked of it."""
    if len(rest.split()) > _MOST_WORDS or VERB.search(rest) or ASKS_WHICH.search(rest):
        return False
    if after_opener:
        return True
    return asks and PREPOSITION.match(rest) is not None


def _refers_back(rest: str) -> bool:
    """True if a word refers to something that is said nowhere in the question."""
    if len(rest.split()) > _MOST_WORDS_WITH_PRONOUN:
        return False
    noun = REFERRING_NOUN.search(rest)
    if noun and noun["noun"].lower() not in rest[: noun.start()].lower() and not _names(rest[: noun.start()]):
        return True
    return ONE_OF_THEM.search(rest) is not None or _pronoun(rest) is not None


def _pronoun(rest: str) -> re.Match[str] | None:
    """A pronoun before which nothing is named that it could refer to."""
    for pattern in (PRONOMINAL, GERMAN_DEMONSTRATIVE, GERMAN_OBJECT, GERMAN_PERSONAL):
        match = pattern.search(rest)
        if match and not _named_before(rest[: match.start()], ends=pattern is PRONOMINAL and match.end() == len(rest)):
            return match
    english = ENGLISH_PRONOUN.search(rest[:1].lower() + rest[1:])
    if english is None or not AFTER_PRONOUN.match(english["rest"]) or ANTICIPATES.search(rest):
        return None
    ends = not english["rest"].strip(_ENDS)
    return None if _named_before(rest[: english.start()], ends=ends) else english


def _named_before(text: str, *, ends: bool) -> bool:
    """True if a text names what a pronoun behind it refers to; one that ends its question seldom looks back so far."""
    if not ends:
        return _content(text)
    return SECOND_CLAUSE.search(text) is not None or bool(_things(text))


def _content(text: str) -> bool:
    """True if a text names anything; whose view is asked for ("Was sagt NIST dazu") does not count."""
    views = {word for entity in question_entities(text) if entity.type in _WHOSE_VIEW for word in keywords(entity.text)}
    first = text.split(" ", 1)[0]
    words = [word for word in keywords(text) if word not in views and word != first and not VERB.fullmatch(word)]
    # Who begins with a capital writes nouns so too.
    return bool(_things(text)) or (any(word[:1].isupper() for word in words) if first[:1].isupper() else bool(words))


def _things(text: str) -> list[QuestionEntity]:
    return [entity for entity in question_entities(text) if entity.type not in _WHOSE_VIEW]


def _names(text: str) -> bool:
    return any(entity.type in (EntityType.CONTROL_ID, EntityType.STANDARD) for entity in question_entities(text))


def _with_other_id(asked: str, before: str) -> str | None:
    """The earlier question about another control: "und A5?", "and NAC-05?"."""
    rest = _without_opening(asked)
    known = list(find_typed_control_ids(before))
    if len(known) != 1:
        return None
    (old,) = known
    partial = PARTIAL_ID.fullmatch(rest)
    module = module_of(old.key)
    new: str | None
    if partial and module:
        new = f"{module}." + partial["item"].upper().replace(" ", "").replace(".", "")
    else:
        new = next((one.text for one in find_typed_control_ids(rest) if one.text == rest), None)
    return None if new is None else before[: old.start] + new + before[old.end :]


def _with_other_topic(asked: str, before: str) -> str | None:
    """The earlier question about another thing of the same kind: "und für Windows-Server?" after one on Linux."""
    rest = _without_opening(asked)
    preposition = PREPOSITION.fullmatch(rest)
    topic = preposition["topic"] if preposition else rest
    kinds = [entity.type for entity in question_entities(topic) if _whole_words(entity, topic) == (0, len(topic))]
    if len(kinds) != 1:
        return None
    same = [entity for entity in question_entities(before) if entity.type is kinds[0]]
    if len(same) != 1:
        return None
    start, end = _whole_words(same[0], before) if "-" in topic else (same[0].start, same[0].end)
    return before[:start] + topic + before[end:]


def _with_pronoun_replaced(asked: str, before: str) -> str | None:
    """The question with the control it speaks of, if the earlier one named exactly one."""
    keys = {one.key for one in find_typed_control_ids(before)}
    match = _pronoun(asked.rstrip(_ENDS))
    if len(keys) != 1 or match is None:
        return None
    name = display_id(control_key(keys.pop()))
    group = "pronoun" if "pronoun" in match.re.groupindex else 0
    word = asked[match.start(group) : match.end(group)]
    preposition = GERMAN_FOR.get(word.lower())
    return asked[: match.start(group)] + (f"{preposition} {name}" if preposition else name) + asked[match.end(group) :]


def _joined(before: str, asked: str) -> str:
    first = asked.split(" ", 1)[0]
    is_a_name = first in keywords(asked) and not BARE.fullmatch(asked.rstrip(_ENDS))
    said = asked if is_a_name else asked[:1].lower() + asked[1:]
    return f"{before[:_MOST_REPEATED].rstrip(_ENDS)} – {said}"


def _without_opening(asked: str) -> str:
    rest = asked.strip(_ENDS)
    opener = OPENER.match(rest)
    rest = rest[opener.end() :] if opener else rest
    return _topic_asked_about(rest) or rest


def _whole_words(entity: QuestionEntity, text: str) -> tuple[int, int]:
    """The entity with the rest of a compound that it begins or ends: Linux in Linux-Server."""
    start, end = entity.start, entity.end
    while start > 0 and (text[start - 1].isalnum() or text[start - 1] == "-"):
        start -= 1
    while end < len(text) and (text[end].isalnum() or text[end] == "-"):
        end += 1
    return start, end
