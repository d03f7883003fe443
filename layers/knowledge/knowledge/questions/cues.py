"""Words and phrases that tell what a question is after. A table: one cue a line.

Each word is judged once and its verdict kept, so that a question costs one look-up a word. Patterns of several words
are tried only where a word of theirs is found. A long word with one letter wrong, missing, or too many, or two swapped,
is judged as the word it was meant to be.
"""

from __future__ import annotations

import re

from grammar.duties import GERMAN_VERBS_OF_DUTY, VERBS_OF_DUTY
from grammar.stems import folded

COMPARING, EXPLAINING, ADVISING, INSTRUCTING, OBLIGING, BUILDING, ASKING = (1 << bit for bit in range(7))
_FIRST_TRIGGER = 7

_GERMAN_VERBS_OF_DUTY = "|".join(GERMAN_VERBS_OF_DUTY)
_VERBS_OF_DUTY = "|".join(map(folded, VERBS_OF_DUTY))

#: Words by what they tell, folded: small letters, no umlauts. Full matches.
_WORDS: dict[int, str] = {
    COMPARING: (
        r"unterschied\w*|unterscheide\w*|differen\w*|differs?|\w*vergleich\w*|verglichen|\w*gegenuebe?r?\w*|gegenueber\w*"
        r"|entspr(?:icht|echen|ach)|entsprechung\w*|zuord(?:nen|nung)\w*|zugeordnet|\w*zuordnung\w*|abbilden|ueberschneid\w+|deckungsgleich"
        r"|pendants?|gegenstueck\w*|aequivalent\w*|gleichwertig\w*|korrespondier\w*|kreuzreferenz\w*|referenztabelle\w*|querverweis\w*"
        r"|gemeinsam(?:keit\w*|es)|abgrenz\w*|abgegrenzt|strenger\w*|parallelen|analogie\w*|ueberlapp\w*|wechselwirkung\w*"
        r"|compar\w+|versus|vs|map(?:s|ped)?|mappings?|equivalen\w+|equals?|correspond\w*|crosswalks?|cross|overlap\w*|matche?s?"
        r"|counterparts?|contrast\w*|similarit\w+|similar|stricter|broader|translate[ds]?|juxtapose|analog\w*|correlat\w+|aligns?|aligned|alignment"
    ),
    EXPLAINING: (
        r"definition\w*|defin(?:e|es|ier\w*)|bedeutung|begriff\w*|meaning|acronym|abkuerzung\w*|stands?|gemeint|meant|glossar\w*"
    ),
    ADVISING: (
        r"recommend\w*|advice|advis(?:e|able)|guidance|tips?|suggest\w*|ideal\w*|optimal\w*|golden|sensible|sensibly|lessons|pitfalls?"
        r"|effective|worth|worthwhile|wise|practical|empfiehl\w*|empfehl\w*|empfohl\w*|bewaehrt\w*|tipps?|rat(?:schl\w*|sam\w*)|raten"
        r"|sinnvoll\w*|erfahrung\w*|lohnt|lohnen|lohnend|worauf|achten|faustregel\w*|praxistipps?|geschickt\w*|hilfreich\w*"
        r"|eignen|eignet|geeignet\w*|klug|hints?|prefer\w*|prioriti[sz]e|priorisier\w*|zweckmaessig\w*|effektivste\w*|wirksamste\w*|ratet|anregung\w*|stolperfalle\w*|fallstrick\w*|mistakes|optimum|raetst|raetsam"
    ),
    INSTRUCTING: (
        r"anleitung\w*|schritt|befehle?|syntax|skripte?|scripts?|commands?|tutorial\w*|walk|walkthrough|howto|playbooks?|snippets?"
        r"|codebeispiel\w*|konfigurationsbeispiel\w*|kommando\w*|parameter|konfigurationsdatei\w*|configfile|beispielkonfiguration\w*"
    ),
    OBLIGING: (
        rf"{_VERBS_OF_DUTY}|mus|mussen|muesste\w*|durfen|duerft\w*|pflichte?n?|\w*pflicht|\w*pflichten"
        r"|\w*verpflicht\w*|verpflichtet|vorgeschrieben\w*|vorschrift\w*|\w*vorgab\w*|\w*anforderung\w*|forder[nt]\w*|gefordert\w*"
        r"|verlang\w*|\w*nachweise?n?|nachzuweisen|braucht?|brauche|brauchen|benoetig\w*|erforderlich\w*|notwendig\w*|noetig\w*|erlaubt\w*"
        r"|zulaessig\w*|unzulaessig\w*|verboten\w*|untersagt|zustaendig\w*|\w*verantwort\w*|gilt|gelten|geltende\w*|auflagen?|vorgesehen"
        r"|\w*fristen|\w*frist|mindest\w*|hoechst(?:ens|dauer|zahl)|maximale?|maximal|gestattet|einzuhalten|eingehalten|einhalten|aufgaben"
        r"|requir\w+|mandat\w+|oblig\w+|demands?|demanded|compl(?:y|ies|iance|iant)|allowed|permitted|permit|prohibited"
        r"|forbidden|needs?|needed|dut(?:y|ies)|necessary|responsib\w+|minimum|maximum|law|laws|legal|legally|gesetzlich\w*|rechtlich\w*|enough|sufficient|ausreich\w*|reicht|genuegt|retention|deadlines?|rules?|apply|applies"
        r"|permissible|accountab\w+|entitled|enforced|banned|acceptable|expects?|expected|liable|compulsory|prescribed?|tasks"
    ),
    BUILDING: (
        r"konfigurier\w*|konfiguration|implementier\w+|install\w+|aktivier\w+|deaktivier\w+|umsetz\w+|umgesetzt|umzusetzen|ein(?:zu)?richt\w*"
        r"|haert(?:en|ung)|ab(?:zu)?sicher(?:n|ung)|automatisier\w+|einzubinden|anzubinden|aufsetzen|aufzusetzen|ausrollen|auszurollen"
        r"|configur\w+|implement\w*|setup|enabl\w+|disabl\w+|harden\w*|deploy\w*|troubleshoot\w*|integrat\w+|provisioning|migrat\w+"
    ),
    ASKING: (
        r"was|wer|wem|wen|wofuer|wann|history|geschichte|introduction|einfuehrung|funktionier\w*|wieso|warum|weshalb|wozu|woher|wieviele|what|whats|who|whom|whose|why|explain|erklaer\w*|describe|beschreib\w*"
        r"|erlaeuter\w*|overview|ueberblick|gefaehrdung\w*|risiken|threats?|arten|kinds?|types|folgen|auswirkung\w*|consequences|about|when"
    ),
}
_JUDGED = tuple((bit, re.compile(pattern)) for bit, pattern in _WORDS.items())

#: Phrases: what they tell, a word that each of them holds (folded), the pattern itself (lower case, as written).
_PHRASES: tuple[tuple[int, str, str], ...] = (
    (COMPARING, r"passt|passen|verhaelt|verhalten", r"(?:passt|passen|verhält\s+sich|verhalten\s+sich)(?=\b.*\bzu\b)"),
    (COMPARING, r"im|welchem", r"(?:im|welchem)\s+(?:vergleich|verhältnis|gegensatz)"),
    (COMPARING, r"dasselbe|gleiche|same", r"(?:dasselbe|das\s+gleiche)\s+wie|same\s+as|the\s+same\b"),
    (COMPARING, r"relates?|related", r"relate[sd]?(?=\b.*\bto\b)"),
    (COMPARING, r"haengt|haengen", r"häng(?:t|en)\b.*\bzusammen"),
    (COMPARING, r"deckt|decken|abgedeckt", r"deck(?:t|en)\b.*\bab\b|abgedeckt"),
    (COMPARING, r"luecken?|gaps?", r"lücken?\b.*\b(?:gegenüber|zwischen|zu)\b|gaps?\s+(?:between|to|from)\b"),
    (COMPARING, r"against|beyond", r"(?:table|modules?|controls?|criteria)\b.*\bagainst\b|\bgo(?:es)?\s+beyond\b"),
    (COMPARING, r"common|oder|or", r"in\s+common|(?:besser|better|strenger|stricter)\b.*\b(?:oder|or)\b"),
    (EXPLAINING, r"mean|means", r"what\s+(?:does|do|is)\b.*\bmeans?\b"),
    (EXPLAINING, r"bedeute[tn]?|heisst|steht|versteht", r"was\s+(?:bedeute[tn]|heißt|heisst|versteht)|(?:wofür|für\s+was)\s+steht"),
    (ADVISING, r"best|beste[rnsm]?|besten|good|gute[rnsm]?|better",
     r"best(?!\w)|am\s+besten|beste[rnsm]?\b|good\s+(?:way|practices?|approach|idea|strategy|start)"
     r"|gute[rnsm]?\s+(?:praxis|praktiken|rhythmus|idee|ansatz|weg|strategie|vorgehen\w*|lösung)|better\s+to"),
    (ADVISING, r"should|approach", r"how\s+should|should\s+(?:i|we|one|you)\b|\bapproach\s+to\b"),
    (ADVISING, r"makes", r"what\s+makes\s+a\s+good"),
    (ADVISING, r"first|erste[rn]?|starte?n?|anfangen|begin", r"first\s+steps|do\s+first|where\s+.*\b(?:start|begin)\b|erste[nr]?\s+schritte?|wie\s+(?:starte|fange)\b"),
    (ADVISING, r"sollte|sollten", r"(?:^|[,.:!]\s*|\bund\s+)(?:wie|womit)\s+sollte|sollten?\s+(?:man|ich|wir)\b|sollten\b.*\bberücksichtigt"),
    (ADVISING, r"beachten|beruecksichtigen|bedenken", r"(?:ist|sind)\b.*\bzu\s+(?:beachten|berücksichtigen|bedenken)"),
    (ADVISING, r"dos|do|don", r"do['’]?s\s+and\s+don['’]?ts"),
    (ADVISING, r"works?|keep", r"works?\s+well|keep\s+in\s+mind"),
    (ADVISING, r"wie", r"wie\s+geh(?:t|en)\s+(?:man|wir)\b.*\bvor\b"),
    (INSTRUCTING, r"wie", rf"\bwie\s+(?!(?:{_GERMAN_VERBS_OF_DUTY})\b|oft\b|lange?\b|viele?\b|häufig\b|schnell\b|nennt\b|heißt\b|heisst\b|versteht\b|definiert\b)"
     r"\w+\s+(?:ich|wir|man)\b|\bwie\s+(?:ich|wir|man)\b|\bwie\s+(?:lässt|lassen)\s+sich\b|\bwie\s+geht\b|\bwie\s*\?*$"),
    (INSTRUCTING, r"how", r"\bhow\s+(?:do|can|could|would)\s+(?:i|we|you|one)\b|\bhow\s+to\b|\bhow\s*\?*$|\bhow\s+(?:can|could)\b.*\bbe\s+\w+ed\b"),
    (INSTRUCTING, r"steps|settings?|set|where|help|tool|tools|example|cipher|ciphers",
     r"steps\s+(?:to|for)\b|step\s+by\s+step|which\s+(?:settings?|ciphers?|tools?|options?)\b|setting\s+up|set\s*up\b|where\s+(?:do|can)\s+(?:i|we)\b(?!\s+find)"
     r"|with\s+which\s+tools?|\bexamples?\s+(?:for|of)\b|help\s+(?:me\s+)?(?:with|setting)"),
    (INSTRUCTING, r"wo", r"\bwo\s+(?!finde)\w+\s+(?:ich|wir|man)\b"),
    (INSTRUCTING, r"port|ports|version|flag|registry|getting|schritte",
     r"(?:which|welche[rsnm]?)\s+(?:\w+[\s-])?(?:port|version|flag|registry)|getting\s+started\s+with|welche\s+schritte"),
    (INSTRUCTING, r"einstellung\w*|tool|tools|werkzeug\w*|beispiel\w*",
     r"welche\w*\s+einstellung\w*|welche[mns]?\s+(?:tool|werkzeug)\w*|beispiel\w*\s+für\b"),
    (OBLIGING, r"wie", r"wie\s+(?:oft|lange?|schnell|häufig)\b"),
    (OBLIGING, r"how", r"how\s+(?:often|long|soon|quickly|frequently)\b"),
    (OBLIGING, r"schreibt|schreiben", r"schreib(?:t|en)\b.*\bvor\b"),
    (OBLIGING, r"have|has|had", r"ha(?:ve|s)\s+to\b"),
    (OBLIGING, r"zu|(?:ab|an|auf|aus|bei|durch|ein|fest|fort|her|hin|mit|nach|sicher|um|vor|weg|weiter|wieder|zurueck)zu\w+en", r"(?:ist|sind)\b.*\b(?:zu\s+[a-zäöüß]+(?:en|ern|eln)|[a-zäöü]+zu[a-zäöüß]+en)\b|in\s+welche[mn]\s+(?:abständen|abstand|turnus)"),
    (OBLIGING, r"welche[mnr]", r"innerhalb\s+welche[rsn]|in\s+welche[mn]\s+(?:abständen|abstand|turnus|intervall\w*)"),
    (OBLIGING, r"can|could", r"(?:^|[,.:!?]\s*)can\s+(?!you\b|i\s+get|we\s+get)\w+"),
    (OBLIGING, r"when|wann", r"\b(?:when|by\s+when)\s+(?:do|does|must|is)\b.*\b(?:report\w*|notif\w*|due|review\w*|update\w*|delete\w*)|bis\s+wann\b"
     r"|\bwann\s+(?:muss|müssen|ist|sind)\b.*\b(?:fällig|zu\s+\w+en|melden)"),
    (OBLIGING, r"who|wer", r"\bwho\s+(?:approves|has\s+to|may|must|can|decides|signs|authori[sz]es|reviews)\b|\bwer\s+(?:darf|muss|genehmigt|entscheidet|kontrolliert)\b"),
    (ASKING, r"wie|how|gibt", r"wie\s+(?:ist|sind|viele|groß)\b|how\s+(?:many|are|is|big|large)\b|how\s+do(?:es)?\b.*\bwork\b|gibt\s+es\b"),
)  # fmt: skip
_TRIGGERS = tuple(
    (1 << bit, re.compile(trigger), cue, re.compile(pattern))
    for bit, (cue, trigger, pattern) in enumerate(_PHRASES, start=_FIRST_TRIGGER)
)
#: Long words that are recognised with one slip of the finger.
_SPELT = (
    "unterschied unterschiede vergleich vergleiche vergleichen zuordnung entspricht gegenueberstellung comparison compare difference"
    " differences equivalent corresponds mapping empfehlung empfehlungen empfohlen sinnvoll bewaehrte recommend recommended"
    " recommendation recommendations advice practices practice konfigurieren konfiguriere konfiguration installieren installiere"
    " implementieren einrichten aktivieren umsetzen configure install implement implementing anleitung anforderung anforderungen"
    " vorgaben pflichten verpflichtend verpflichtet erforderlich notwendig vorgeschrieben muessen duerfen sollten verantwortlich"
    " zustaendig mandatory required requirement requirements require obligation obligations compliance allowed necessary"
    " responsible definition bedeutung"
).split()
_WORD = re.compile(r"\w+")
#: Verdicts on words met so far; emptied when too many.
_verdicts: dict[str, int] = {}
_MOST_VERDICTS = 50_000
#: What is longer is no word.
_LONGEST_WORD = 40


def cues_in(lowered: str) -> int:
    """The bits of what the words of a question in small letters tell; bits above these are of no meaning outside."""
    cues = 0
    verdicts = _verdicts
    for word in _WORD.findall(lowered):
        try:
            cues |= verdicts[word]
        except KeyError:
            cues |= _judge_word(word)
    if cues >> _FIRST_TRIGGER:
        for bit, _, cue, pattern in _TRIGGERS:
            if cues & bit and not cues & cue and pattern.search(lowered):
                cues |= cue
    return cues


def _judge_word(word: str) -> int:
    """The cues of a word, and the triggers of phrases that hold it."""
    if len(word) > _LONGEST_WORD:
        return 0
    if len(_verdicts) > _MOST_VERDICTS:
        _verdicts.clear()
    plain = folded(word)
    cues = _cues_of(plain)
    if not cues and len(plain) >= 6 and plain.isalpha():
        cues = _cues_of(_meant(plain))
    for bit, trigger, _, _ in _TRIGGERS:
        if trigger.fullmatch(plain):
            cues |= bit
    _verdicts[word] = cues
    return cues


def _cues_of(plain: str) -> int:
    cues = 0
    for bit, pattern in _JUDGED:
        if pattern.fullmatch(plain):
            cues |= bit
    return cues


def _meant(word: str) -> str:
    """The listed word that ``word`` is one slip away from, else ``word``."""
    for form in _shortened(word) | {word}:
        for listed in _SHORTENED.get(form, ()):
            if listed[0] == word[0] and abs(len(listed) - len(word)) <= 1:
                return listed
    return word


def _shortened(word: str) -> set[str]:
    """The word with one letter left out: two words share one of these if one slip parts them."""
    return {word[:at] + word[at + 1 :] for at in range(len(word))}


def _by_shortened() -> dict[str, tuple[str, ...]]:
    table: dict[str, list[str]] = {}
    for word in _SPELT:
        for form in _shortened(word) | {word}:
            table.setdefault(form, []).append(word)
    return {form: tuple(words) for form, words in table.items()}


_SHORTENED = _by_shortened()
