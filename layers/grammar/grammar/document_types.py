"""The types of documents: one row each. The values of ``DocumentType`` are what is stored and sent.

To add a standard:

1. a member of ``DocumentType``,
2. a row of ``KINDS`` with its ``Catalogue``,
3. a migration that inserts the same row into the table ``document_types``.

Classification, the lines that open its controls, the ledger, ranking and comparisons read the row. Signs of its layout
beside its ids and its name can be added to ``functions/classify/rules.py``; they are not needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum

from grammar import catalogues
from grammar.catalogues import Catalogue


class DocumentType(StrEnum):
    BSI_GRUNDSCHUTZ = "bsi_grundschutz"
    BSI_C5 = "bsi_c5"
    ISO_27001 = "iso_27001"
    NIST_CSF = "nist_csf"
    NIST_800_53 = "nist_800_53"
    WHITEPAPER = "whitepaper"
    TECHNICAL_DOC = "technical_doc"
    FAQ = "faq"
    POLICY = "policy"
    UNKNOWN = "unknown"


class OwnNumbering(Enum):
    """The trust in an organisation's own numbers as ids of requirements, by type of document."""

    #: They number something else, such as questions.
    NONE = "none"
    #: They may number anything, so they must head duties throughout.
    DOUBTED = "doubted"
    #: Labels of letters and numbers count if there are several.
    LABELS = "labels"
    #: Bare numbers such as 3.2.1 count as well.
    NUMBERS = "numbers"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentKind:
    """One type of document and everything that depends on it.

    Attributes:
        type: the type.
        meaning: what such a document is, for a model that chooses between types.
        descriptions: what such documents read like, in both languages; a document is compared with them.
        names: normal forms of entities that name the standard or its publisher.
        catalogues: the catalogues whose controls it holds, the first form that fits an id first.
        titled: a pattern of titles that name the standard, and what that shows, in words; empty where none does.
        named: the same for the text, and what naming it there is worth in points.
        editions: patterns with a group ``edition``, the first that fits counts; empty: its own version counts.
        holds_controls: whether it is made of controls: without any, something was overlooked.
        own_numbering: how far an organisation's own numbers may number its requirements.
        is_prose: whether its obligations and its prose are explained by the catalogue that a text is laid out as.
    """

    type: DocumentType
    meaning: str
    descriptions: tuple[str, ...]
    names: tuple[str, ...] = ()
    catalogues: tuple[Catalogue, ...] = ()
    titled: tuple[str, str] = ("", "")
    named: tuple[str, str, float] = ("", "", 1.0)
    editions: tuple[str, ...] = ()
    holds_controls: bool = False
    own_numbering: OwnNumbering = OwnNumbering.DOUBTED
    is_prose: bool = False

    @property
    def is_standard(self) -> bool:
        """True if it is a published standard: its ids are those of a published catalogue."""
        return bool(self.catalogues)


_YEAR = r"(?P<edition>(?:19|20)\d\d)"

KINDS: tuple[DocumentKind, ...] = (
    DocumentKind(
        type=DocumentType.BSI_GRUNDSCHUTZ,
        meaning="Baustein or Anforderungen of the German BSI IT-Grundschutz-Kompendium",
        descriptions=(
            "Baustein des IT-Grundschutz-Kompendiums mit Basis-Anforderungen und Standard-Anforderungen: MUSS, SOLLTE",
            "Grundschutz++ Praktik mit Anforderungen des BSI an Verfahren und Regelungen",
        ),
        names=("IT-Grundschutz", "Grundschutz++", "BSI"),
        catalogues=(catalogues.KOMPENDIUM, catalogues.GRUNDSCHUTZ_PLUS),
        titled=(r"grundschutz|\bkompendium\b|\bbaustein\b", "IT-Grundschutz in its title"),
        named=(r"Grundschutz|\bBaustein(?:s|e|en)?\b|\bPraktik\b", "names IT-Grundschutz", 1.5),
        editions=(
            rf"\bEdition\W{{1,4}}{_YEAR}",
            rf"Kompendium\W{{1,3}}(?:\(?Edition )?{_YEAR}",
            rf"\bStand:? (?:\w+ )?{_YEAR}",
        ),
        holds_controls=True,
    ),
    DocumentKind(
        type=DocumentType.BSI_C5,
        meaning="criteria of the BSI Cloud Computing Compliance Criteria Catalogue C5",
        descriptions=(
            "criteria of the Cloud Computing Compliance Criteria Catalogue C5: basic criterion, additional criterion",
            "Kriterienkatalog C5 für Cloud-Anbieter: Basiskriterium, Zusatzkriterium",
        ),
        names=("BSI C5", "BSI"),
        catalogues=(catalogues.C5,),
        titled=(r"\bC5\b|cloud computing compliance|kriterienkatalog", "C5 in its title"),
        named=(r"cloud computing compliance|\bC5(?::20\d\d)?\b|kriterienkatalog c5", "names C5", 1.0),
        editions=(rf"\bC5[: ]{_YEAR}",),
        holds_controls=True,
    ),
    DocumentKind(
        type=DocumentType.ISO_27001,
        meaning="clauses or Annex A controls of ISO/IEC 27001",
        descriptions=(
            "ISO/IEC 27001 Annex A controls for an information security management system",
            "Maßnahmen nach ISO/IEC 27001 Anhang A",
        ),
        names=("ISO/IEC 27001", "ISO/IEC 27002"),
        catalogues=(catalogues.ANNEX_A,),
        titled=(
            r"\b(?:ISO|IEC|DIN)\b[\w /:-]{0,12}2700[12]\b|\b2700[12][ :-]20\d\d|annex a\b|anhang a\b",
            "ISO/IEC 27001 in its title",
        ),
        named=(r"\bISO(?:/IEC)?[ -]?2700[12]\b", "names ISO/IEC 27001", 1.0),
        editions=(rf"\b2700[12](?:-\d)?[: ]{_YEAR}", rf"\bISO[^\n]{{0,30}}2700[12] \({_YEAR}\)"),
        holds_controls=True,
    ),
    DocumentKind(
        type=DocumentType.NIST_CSF,
        meaning="functions, categories and subcategories of the NIST Cybersecurity Framework",
        descriptions=(
            "NIST Cybersecurity Framework functions and subcategories: Govern, Identify, Protect, Detect, Respond, "
            "Recover",
        ),
        names=("NIST CSF", "NIST"),
        catalogues=(catalogues.CSF,),
        titled=(r"cybersecurity framework|\bcsf\b", "the CSF in its title"),
        named=(r"cybersecurity framework|\bcsf\b", "names the CSF", 1.0),
        editions=(
            r"(?:\bCSF|Framework)\W{1,3}(?:\(CSF\) )?(?:v|version )?(?P<edition>[12]\.[01])\b",
            r"\bversion (?P<edition>[12]\.[01])\b",
        ),
        holds_controls=True,
    ),
    DocumentKind(
        type=DocumentType.NIST_800_53,
        meaning="security and privacy controls of NIST SP 800-53",
        descriptions=(
            "NIST SP 800-53 security and privacy controls with enhancements and organization-defined parameters",
        ),
        names=("NIST SP 800-53", "NIST"),
        catalogues=(catalogues.SP_800_53,),
        titled=(r"\b800[- ]53", "SP 800-53 in its title"),
        named=(r"\b800-53", "names SP 800-53", 1.0),
        editions=(r"\b(?P<edition>(?:Rev(?:ision)?\.?|r) ?\d(?:\.\d){0,2})\b",),
        holds_controls=True,
    ),
    DocumentKind(
        type=DocumentType.WHITEPAPER,
        meaning="a paper that explains a subject and recommends practices to a wide audience",
        descriptions=(
            "a paper that discusses a subject and argues for recommendations, with introduction, authors and "
            "conclusion",
            "Positionspapier eines Verbandes mit Forderungen und Fazit",
            "a report about threats, findings and trends",
        ),
        is_prose=True,
    ),
    DocumentKind(
        type=DocumentType.TECHNICAL_DOC,
        meaning="instructions to install, configure or operate software, or how it is built",
        descriptions=(
            "instructions to install and configure software on a server, with commands",
            "Anleitung zum Einrichten und Konfigurieren eines Dienstes",
            "description of the architecture of an app: client, backend, interfaces, database",
            "reference of functions, options and parameters of a program",
        ),
        is_prose=True,
    ),
    DocumentKind(
        type=DocumentType.FAQ,
        meaning="frequently asked questions with short answers",
        descriptions=("frequently asked questions with short answers", "Häufig gestellte Fragen und Antworten"),
        own_numbering=OwnNumbering.NONE,
    ),
    DocumentKind(
        type=DocumentType.POLICY,
        meaning="an organisation's own binding rules on information security",
        descriptions=(
            "an organisation's own binding rules for its employees on information security",
            "Richtlinie eines Unternehmens, die für alle Beschäftigten gilt",
        ),
        holds_controls=True,
        own_numbering=OwnNumbering.NUMBERS,
        is_prose=True,
    ),
    DocumentKind(
        type=DocumentType.UNKNOWN,
        meaning="none of these: conduct, style, governance, minutes, letters, invoices, contracts, news",
        descriptions=(
            "minutes of a meeting",
            "Protokoll einer Sitzung",
            "a code of conduct or a style guide for writing",
            "governance of a project: elections and votes",
            "an invoice, a contract or an offer",
            "Rechnung, Vertrag oder Angebot",
            "a curriculum vitae or a job advertisement",
            "Lebenslauf oder Stellenanzeige",
            "a letter or an invitation to an event",
            "Brief oder Einladung zu einer Feier",
            "a press release or a story",
            "a recipe",
            "a software licence",
        ),
        own_numbering=OwnNumbering.LABELS,
    ),
)
_BY_TYPE = {kind.type: kind for kind in KINDS}

#: Types that are made of controls.
HOLDING_CONTROLS = frozenset(kind.type for kind in KINDS if kind.holds_controls)
#: Types that are published standards.
STANDARDS = frozenset(kind.type for kind in KINDS if kind.is_standard)
#: The catalogues that document types are made of, and all published ones; of two that fit an id the first has it.
TYPED_CATALOGUES: tuple[Catalogue, ...] = tuple(
    sorted((each for kind in KINDS for each in kind.catalogues), key=lambda each: not each.has_closed_families)
)
CATALOGUES: tuple[Catalogue, ...] = (*TYPED_CATALOGUES, *catalogues.UNTYPED)


def kind_of(document_type: DocumentType) -> DocumentKind:
    """The row of a type."""
    return _BY_TYPE[document_type]


def types_named(name: str) -> tuple[DocumentType, ...]:
    """The types that a standard's or publisher's normal name means, in the order of the rows; empty for others."""
    return tuple(kind.type for kind in KINDS if name in kind.names)


def types_of_framework(framework: str) -> tuple[DocumentType, ...]:
    """The types whose documents hold a framework's controls; empty for a framework that has no type."""
    return tuple(kind.type for kind in KINDS if any(catalogue.framework == framework for catalogue in kind.catalogues))
