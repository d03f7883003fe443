"""Evidence for each type of document, with its points, its place in the document and its meaning to a reader.

The ids and names of published standards come from their rows (``grammar.document_types``); more signs of any type are
listed here.

A term in the text earns its points by how often it occurs in 1000 words, so that a long paper does not gather points
for what it merely mentions; a term in the title or among the headings earns them at once. UNKNOWN has rules too: they
know the kinds of document that belong in an organisation's files and are none of the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from classify.structure import Trait
from grammar.catalogues import Catalogue
from grammar.document_types import KINDS, DocumentKind
from knowledge.taxonomy import DocumentType


class Where(Enum):
    """TITLE: file name, first lines, first heading. OUTLINE: the headings that open no control. TEXT: all of it."""

    TITLE = "title"
    OUTLINE = "outline"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class TermRule:
    """``often``: matches in 1000 words that earn all points; in a short text ``least`` matches do.

    ``naming``: the term only names a standard, as every paper about it does.
    """

    type: DocumentType
    points: float
    where: Where
    term: re.Pattern[str]
    meaning: str
    often: float
    least: int
    naming: bool = False


@dataclass(frozen=True, slots=True)
class TraitRule:
    """A trait, or a catalogue whose ids open the lines, and its points."""

    type: DocumentType
    points: float
    trait: Trait | Catalogue


_T = DocumentType
#: Points for a standard's name in the title.
_TITLED = 3.0

TRAITS: tuple[TraitRule, ...] = (
    *(TraitRule(kind.type, catalogue.points, catalogue) for kind in KINDS for catalogue in kind.catalogues),
    TraitRule(_T.POLICY, 2.5, Trait.OWN),
    TraitRule(_T.POLICY, 2.0, Trait.OBLIGATIONS),
    TraitRule(_T.FAQ, 7.0, Trait.QUESTIONS),
    TraitRule(_T.WHITEPAPER, 1.5, Trait.PROSE),
)


def _title(kind: DocumentType, points: float, pattern: str, meaning: str) -> TermRule:
    return TermRule(kind, points, Where.TITLE, re.compile(pattern, re.IGNORECASE | re.MULTILINE), meaning, 0.0, 1)


def _names(kind: DocumentType, where: Where, points: float, pattern: str, meaning: str) -> TermRule:
    term = re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    return TermRule(kind, points, where, term, meaning, often=2, least=1, naming=True)


def _outline(kind: DocumentType, points: float, pattern: str, meaning: str, *, least: int = 2) -> TermRule:
    """Headings that begin with one of the words, after a number if there is one."""
    term = re.compile(
        rf"^(?:[\d.]{{1,8}}[ \t]+|schritt \d+\W+|step \d+\W+)?(?:{pattern})", re.IGNORECASE | re.MULTILINE
    )
    return TermRule(kind, points, Where.OUTLINE, term, meaning, 0.0, least)


def _text(
    kind: DocumentType, points: float, pattern: str, meaning: str, *, often: float, least: int = 2, cased: bool = False
) -> TermRule:
    term = re.compile(pattern, re.MULTILINE | (0 if cased else re.IGNORECASE))
    return TermRule(kind, points, Where.TEXT, term, meaning, often, least)


def _named(kind: DocumentKind) -> Iterator[TermRule]:
    """A type's name in titles and in the text, from its row."""
    titled, shows = kind.titled
    if titled:
        yield _names(kind.type, Where.TITLE, _TITLED, titled, shows)
    named, says, points = kind.named
    if named:
        yield _names(kind.type, Where.TEXT, points, named, says)


TERMS: tuple[TermRule, ...] = (
    *(rule for kind in KINDS for rule in _named(kind)),
    # IT-Grundschutz
    _text(_T.BSI_GRUNDSCHUTZ, 2.0, r"\b(?:Basis|Standard)-Anforderungen|bei erhöhtem Schutzbedarf|Gefährdungslage|Elementare Gefährdung", "structure of a Baustein", often=1),
    _text(_T.BSI_GRUNDSCHUTZ, 3.0, r"\b(?:Sicherheitsniveau|sec_level)\W{1,4}(?:normal|erhöht)|\bDie Praktik \S", "structure of Grundschutz++", often=3),
    # C5
    _text(_T.BSI_C5, 3.5, r"\b(?:basic|additional) criteri(?:on|a)\b|basiskriteri\w+|zusatzkriteri\w+|complementary customer criteria|korrespondierende kriterien|supplementary information\W", "structure of C5", often=3, least=3),
    _text(_T.BSI_C5, 1.0, r"\bcloud[ -]service[ -](?:provider|customer)|\bcloud[ -](?:anbieter|kunde)", "speaks of cloud service providers", often=5, least=2),
    # ISO/IEC 27001
    _text(_T.ISO_27001, 1.5, r"\bannex a\b|\banhang a\b|statement of applicability|anwendbarkeitserklärung", "speaks of Annex A", often=2, least=1),
    _text(_T.ISO_27001, 4.0, r"^(?:[#* ]{0,4}(?:clause |abschnitt |kapitel )?(?:4|5|6|7|8|9|10)(?:\.\d)?[. :–-]+)(?:context of the organi[sz]ation|leadership|planning|support|operation|performance evaluation|improvement|kontext der organisation|führung|planung|unterstützung|betrieb|bewertung der leistung|verbesserung|understanding the (?:organi[sz]ation|needs)|determining the scope|information security (?:policy|objectives|risk)|internal audit|management review|nonconformity|internes audit|managementbewertung)", "clauses of a management system standard", often=0, least=4),
    _text(_T.ISO_27001, 2.5, r"\b(?:organi[sz]ational|people|physical|technological) controls\b|\borganisatorische maßnahmen|\bpersonenbezogene maßnahmen|\bphysische maßnahmen|\btechnologische maßnahmen", "themes of Annex A", often=1, least=3),
    # NIST CSF
    _text(_T.NIST_CSF, 2.0, r"\b(?:GOVERN|IDENTIFY|PROTECT|DETECT|RESPOND|RECOVER)\b|\bsubcategor(?:y|ies)\b|\bImplementation Examples?\b|\bCSF Tiers?\b", "structure of the CSF", often=3, cased=True),
    # SP 800-53
    _text(_T.NIST_800_53, 3.0, r"organization-defined|\[(?:Assignment|Selection)\b|control enhancements?\b|^Related controls?\b|\bRelated: [A-Z]{2}-\d", "structure of SP 800-53", often=3),
    # Whitepapers
    _title(_T.WHITEPAPER, 5.0, r"white ?paper|positions?[ -]?pap(?:ier|er)|diskussionspapier|thesenpapier|eckpunkte(?:papier)?\b|policy brief|\bstudie\b|\bstudy\b|lagebericht|landscape\b|\breport on\b|stellungnahme|state of the art|reference model|impulspapier|\bprimer\b", "calls itself a paper"),
    _title(_T.WHITEPAPER, 2.5, r"best practices?\b|\bguidance\b|\bguides? (?:for|to) (?!install|us(?:ing|e)\b|set|config|deploy|migrat|upgrad|writ|build|run)|\bintroduction to (?:(?!\bapis?\b)[^\n]){3,60}$|\bleitfaden\b|\brecommendations?\b|\bempfehlung(?:en)?\b|prüfsteine|handreichung|\blessons\b|\bprinciples\b|\bgrundsätze\b|\bthreats?\b|\btrends?\b|\bgood practices?\b", "advice by its title"),
    _text(_T.WHITEPAPER, 3.0, r"\b(?:white ?paper|this (?:paper|report|study|publication|document (?:gives|provides) (?:an overview|guidance))|(?:dieses|das vorliegende|diesem|unser) (?:papier|whitepaper|positionspapier|dokument beschreibt)|diese[rn]? (?:studie|bericht))\b|\bworking group\b|\barbeitskreis\b", "speaks of itself as a paper", often=1, least=2),
    _text(_T.WHITEPAPER, 2.5, r"^[^\w\n]{0,6}(?:\d[\d.]*[ \t]+)?(?:abstract|executive summary|management summary|zusammenfassung|kurzfassung|fazit|schlussfolgerung(?:en)?|conclusions?|recommendations?|recommended practices|open questions|offene fragen|empfehlungen|handlungsbedarf|findings|ausblick|acknowledge?ments?|danksagung|references|literatur(?:verzeichnis)?|quellen|endnotes|further reading|(?:target )?audience|zielgruppe|key takeaways)\b", "parts of a paper", often=0, least=2),
    _text(_T.WHITEPAPER, 2.5, r"^[^\w\n]{0,6}(?:(?:original |lead |white paper )*(?:co-)?authors?|contributors?|reviewers?|editors?|autor(?:en|innen|:innen)?|verfasser|herausgeber|mitwirkende)\b", "names its authors and reviewers", often=0, least=2),
    _text(_T.WHITEPAPER, 2.5, r"\brationale\b|\b(?:we|authors) (?:believe|argue|propose|recommend|suggest|conclude|observe|found|surveyed)\b|\bwir (?:sind (?:davon )?überzeugt|schlagen vor|empfehlen|fordern|plädieren|beobachten)\b|\b(?:aus )?unserer (?:sicht|ansicht|auffassung)\b|\bhandlungsempfehlung\w*|\bforder(?:t der|t das|ungen)\b|\bbegrüß(?:t|en)\b|\baus sicht (?:des|der|unserer)\b|\bmindest(?:bedingung|anforderung)\w*|\bnicht hinreichend\b|\bet al\b|\[\d{1,2}\]", "argues a case", often=1.5, least=3),
    # FAQs
    _names(_T.FAQ, Where.TITLE, 3.5, r"\bFAQs?\b|frequently asked|häufig(?:e|en)? (?:gestellte[n]? )?fragen|fragen und antworten|fragen & antworten|questions (?:and|&) answers|\bq ?& ?a\b", "titled as questions and answers"),
    _title(_T.FAQ, 4.0, r"^[\w .&/+-]{0,40}\bFAQs?(?:\.\w{2,5})?$|^\W*frequently asked questions\W*$|^\W*häufig(?:e|en)? (?:gestellte[n]? )?fragen\W*$", "named a FAQ"),
    # Technical documents
    _title(_T.TECHNICAL_DOC, 3.0, r"\breadme\b|\binstall\w*|konfigur\w*|\bconfigur\w*|\b(?:how ?to|tutorial|anleitung|handbuch|manual|runbook|changelog|release notes|quick ?start|getting started|troubleshooting|hardening|härtung|absicherung|setup|einrichtung|einrichten|deployment|migration guide|upgrade guide|api|betriebshandbuch|schnittstelle\w*|architektur\w*|architecture|spezifikation|specification|solution design|lastenheft|pflichtenheft|scoping)\b", "technical by its title"),
    _text(_T.TECHNICAL_DOC, 4.0, r"```|~~~|^[ \t]*(?:\$|#|>|PS>|C:\\>)[ \t]+(?:sudo|apt|yum|dnf|brew|pip3?|npm|docker|kubectl|helm|git|cd|ls|cat|cp|systemctl|ssh|scp|openssl|curl|wget|make|go|cargo|mkdir|chmod|Set-|Get-)\b|\bsudo [a-z]|\bsystemctl [a-z]|\b(?:apt|apt-get|yum|dnf|pip3?|npm|brew) install\b|\bdocker (?:run|build|compose|pull)\b|\bkubectl [a-z]|\bgit (?:clone|commit|push|checkout|pull)\b|\bcurl -", "commands", often=4, least=3),
    _text(_T.TECHNICAL_DOC, 2.5, r"(?<![\w-])--[a-z][\w-]{2,}|(?<![\w.])/(?:etc|var|usr|opt|home|tmp|bin|api|v1|dev|proc)/[\w.-]+|(?<![\w.-])[\w-]{1,60}\.(?:ya?ml|conf|toml|ini|json|sh|py|service|pem|crt|exe|dll|xml|ps1|js|ts|go|jar|env)\b|https?://(?:localhost|127\.0\.0\.1)|\b(?:GET|POST|PUT|PATCH|DELETE) /\w|\b[A-Z]{2,}_[A-Z_]{3,}\b", "options, files and paths", often=8, least=4),
    _text(_T.TECHNICAL_DOC, 2.0, r"`[^`\n]{2,60}`|^[ \t]*[\w.-]+[ \t]*(?:=|:)[ \t]*(?:true|false|yes|no|\d+|\"[^\"\n]*\"|'[^'\n]*')[ \t]*,?$", "code within its prose", often=10, least=5),
    _text(_T.TECHNICAL_DOC, 3.0, r"\b(?:install(?:ation|ieren|iert|ed|ing)?|konfigur\w+|configur\w+|command[ -]line|kommandozeile|befehl(?:e|en|s)?|plugins?|endpoints?|deploy\w*|docker\w*|kubernetes|containers?|apis?|backend|frontend|datenbank(?:en)?|databases?|prox(?:y|ies)|firmware|repositor(?:y|ies)|(?:web)?server(?:s|n)?|clients?|browsers?|terminal|protokolldatei(?:en)?|log ?files?|smartphones?|apps?|https?|tls|ssl|dns|tcp|udp|ipv[46]|ssh|ports?|tokens?|cookies?|headers?|requests?|json|xml|html|yaml|sql|schnittstellen?|zertifikate?[ns]?|certificates?|schlüssel(?:paar)?|(?:private|public) keys?|hash(?:es)?|protocols?|protokolle?n?|algorithm\w*|verschlüssel\w+|encrypt\w+|parameters?|default|module?s?|functions?|methods?|class(?:es)?|objects?|strings?|variables?|skripte?|scripts?|dateien?|director(?:y|ies)|verzeichnis(?:se)?|linux|windows|android|ios|debian|ubuntu)\b", "technical terms", often=40, least=8),
    _outline(_T.TECHNICAL_DOC, 3.0, r"install\w*|konfigur\w*|configur\w*|voraussetzung\w*|prerequisites?|requirements$|usage|verwendung|getting started|quick ?start|erste schritte|troubleshooting|fehlersuche|fehlerbehebung|setup|einrichte?n\w*|einrichtung|deployment|upgrad\w+|uninstall\w*|api\b|build\w*|options|examples?$|beispiele?$|schnittstellen\w*|architektur\w*|architecture\w*|components?$|komponenten\w*|datenmodell|data model|endpoints?|changelog|restore|backup|rollback|auf dem (?:server|client)|epics?|übersicht der|systemkontext|testing", "headings of a manual"),
    _text(_T.TECHNICAL_DOC, 2.0, r"^[^\w\n]{0,6}(?:schritt|step) \d+\b", "steps", often=2, least=3),
    _text(_T.TECHNICAL_DOC, 3.0, r"\b(?:user[ -]stor(?:y|ies)|user journeys?|epics?|akzeptanzkriteri\w+|acceptance criteria|lastenheft|pflichtenheft|schnittstellenbeschreibung|(?:system|software)[ -]?archite(?:ktur|cture)|api reference|release notes|sequenzdiagramm|sequence diagram|use cases?|anwendungsfäll?e?|nicht-?funktionale)\b", "terms of a specification", often=2, least=2),
    # Policies
    _title(_T.POLICY, 4.5, r"^(?!.*\?)(?:[\d.]+\s+)?[^\n.]{0,70}?(?:richtlinien?|leitlinien?|dienstanweisung|arbeitsanweisung|verfahrensanweisung|betriebsvereinbarung|sicherheitskonzept|hausordnung|\bpolicy|\bpolicies|\bstandard|\bregelung(?:en)?|\bdirective|\b(?:security|sicherheits)[ -]?vorgaben)(?!\w)(?![ -](?:catalog|header|engine|as code|nis|\(eu|\d))", "a policy by its title"),
    _text(_T.POLICY, 2.5, r"\b(?:die(?:se[rnsm]?)? (?:\w*richtlinien?|\w*leitlinie|regelung|\w*anweisung|vereinbarung)|dieses sicherheitskonzept|(?:this|the present) (?:\w+ ){0,2}(?:policy|standard|directive)|company policy)\b", "speaks of itself as a policy", often=1, least=2),
    _text(_T.POLICY, 3.0, r"^[^\w\n]{0,6}(?:§ ?)?(?:\d[\d.]*[ \t]+)?(?:geltungsbereich|anwendungsbereich|inkrafttreten|verstöße|sanktionen|ausnahmen?(?:regelung(?:en)?)?|zuständigkeiten|verantwortlichkeiten|freigabe|gültigkeit|zweck|zielsetzung und zweck|scope|purpose|applicability|enforcement|exceptions?|compliance and enforcement|roles and responsibilities|responsibilities|revision history|änderungshistorie|policy statements?|review and (?:approval|revision)|violations?|schlussbestimmungen|mitgeltende (?:unterlagen|dokumente)|related (?:documents|policies)|überprüfung)\b", "parts of a policy", often=0, least=3),
    _text(_T.POLICY, 2.0, r"\b(?:inkrafttreten|tritt (?:am [^\n.]{3,25} |mit [^\n.]{3,40} )?in kraft|policy owner|document owner|dokumenteneigner|richtlinienverantwortlich\w+|freigegeben (?:durch|von|am)|approved by|effective date|version control|next review|nächste überprüfung|gilt für alle|applies to all|disciplinary|arbeitsrechtlich\w*|gültig ab|in kraft seit)\b", "is put into force", often=2, least=2),
    _text(_T.POLICY, 1.0, r"\b(?:beschäftigte[nr]?|mitarbeitende[nr]?|mitarbeiter(?:innen)?|employees|staff|contractors|geschäftsführung|geschäftsleitung|management board|our organi[sz]ation|the company)\b", "speaks to employees", often=8, least=3),
    # None of these
    _title(_T.UNKNOWN, 6.0, r"code of conduct|verhaltenskodex|style ?guide|sprachstil|sprachleitfaden|schreibstil|tone of voice|\bminutes\b|\bmeeting notes\b|sitzungsprotokoll|besprechungsprotokoll|protokoll (?:der|des|vom|zur)|\bcharter\b|satzung\b|governance\b(?=[^\n]{0,30}(?:model|document|of the project|process|\.md|$))|\bmaintainers\b|\bcontributing\b|\brechnung\b|\binvoice\b|lebenslauf|curriculum vitae|\bresume\b|\brezept\b|\brecipe\b|speisekarte|\bmenu\b|pressemitteilung|press release|stellenanzeige|job (?:posting|description|opening)|\blicen[cs]e\b|\blizenz\b|newsletter|einladung|agenda\b|tagesordnung|arbeitsvertrag|mietvertrag|angebot nr|lieferschein|bewerbung|reisebericht|gedicht|nomination|transition checklist|\belections?\b|terms of (?:use|service)|nutzungsbedingungen|allgemeine geschäftsbedingungen|datenschutzerklärung|privacy (?:notice|statement)|impressum", "another kind of document by its title"),
    _text(_T.UNKNOWN, 4.0, r"\bcode of conduct\b|harassment|\bpronouns\b|geschlechtergerecht\w*|geschlechtsneutral\w*|gendersternchen|\binclusive language\b|vorurteilsfrei\w*|\bsentence case\b|\boxford comma\b|\bactive voice\b|\bstereotyp\w*|\bduzen\b|\bsiezen\b", "conduct or style", often=2, least=3),
    _text(_T.UNKNOWN, 4.0, r"\b(?:attendees|apologies|action items?|next meeting|motion (?:carried|passed)|minutes (?:taken|approved)|teilnehmende|teilnehmer(?:innen)?|protokollführ\w+|tagesordnung|TOP \d+|entschuldigt|anwesend|nächste(?:r)? (?:sitzung|termin|treffen)|sitzungsende)\b", "minutes of a meeting", often=6, least=3),
    _text(_T.UNKNOWN, 4.0, r"\b(?:nominat\w+|elections?|elected|candidates?|votes?|voting|quorum|co-chairs?|chairs?|steering committee|governing board|maintainers?|mailing list|vorstand(?:s)?|mitgliederversammlung|mitgliedsbeitr\w+|vereinszweck|satzung)\b", "governance of a project or an association", often=10, least=4),
    _text(_T.UNKNOWN, 5.0, r"\b(?:rechnungs(?:nummer|datum|betrag)|rechnung nr|umsatzsteuer|mehrwertsteuer|mwst|gesamtbetrag|nettobetrag|zahlbar|skonto|invoice (?:no|number|date)|subtotal|amount due|unit price|bill to|payment terms|VAT|USt-?IdNr)\b", "an invoice", often=15, least=3),
    _text(_T.UNKNOWN, 5.0, r"\b(?:berufserfahrung|werdegang|schulbildung|geburtsdatum|familienstand|hobbys|muttersprache|abitur|work experience|employment history|date of birth|curriculum vitae|lebenslauf|references available|bachelor|master of science|studium)\b", "a curriculum vitae", often=8, least=3),
    _text(_T.UNKNOWN, 5.0, r"\b(?:zutaten|zubereitung|esslöffel|teelöffel|EL|TL|prise|backofen|ofen|rühren|schüssel|ingredients|tablespoons?|teaspoons?|tbsp|tsp|preheat|oven|simmer|servings?|whisk|stir)\b", "a recipe", often=15, least=4),
    _text(_T.UNKNOWN, 5.0, r"\b(?:permission is hereby granted|without warrant(?:y|ies)|without any warranty|redistribut\w+|sublicense|all rights reserved|copyright (?:holders?|notice|\(c\)|©|\d{4})|licensed under|license, version|general public license|lizenziert unter|lizenznehmer|lizenzgeber|upstream-name)\b", "a licence", often=6, least=3),
    _text(_T.UNKNOWN, 4.0, r"\b(?:wir suchen|ihr profil|ihre aufgaben|wir bieten|your profile|we offer|what you bring|apply now|gehaltsvorstellung|sehr geehrte|liebe (?:kolleg\w+|nachbarn|freunde|gäste)|mit freundlichen grüßen|herzliche grüße|viele grüße|kind regards|sincerely|dear (?:all|team|colleagues|sir|madam|mr|ms|customer))\b", "a letter or an offer", often=6, least=2),
)  # fmt: skip
