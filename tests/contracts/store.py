"""The whole contract of the store. A test module subclasses it and has a fixture ``stores``."""

from __future__ import annotations

from tests.contracts.documents import (
    AnnouncingContract,
    DeletingContract,
    ExtractionContract,
    MarkingContract,
    PublishingContract,
    ReadingContract,
    RefusingContract,
    RunningAgainContract,
)
from tests.contracts.graph import CurrentGraphContract, DocumentGraphContract, GraphVisibilityContract
from tests.contracts.graph_maintenance import LinkContract, RoundContract, SpellingContract
from tests.contracts.members import MembersContract
from tests.contracts.questions import AnswersContract, ConversationsContract, QueriesContract
from tests.contracts.search import ContextContract, FindingContract, VisibilityContract
from tests.contracts.sweeping import SweepingContract


class StoreContract(
    AnnouncingContract,
    ReadingContract,
    ExtractionContract,
    MarkingContract,
    PublishingContract,
    RunningAgainContract,
    RefusingContract,
    DeletingContract,
    QueriesContract,
    ConversationsContract,
    AnswersContract,
    FindingContract,
    VisibilityContract,
    ContextContract,
    DocumentGraphContract,
    CurrentGraphContract,
    GraphVisibilityContract,
    RoundContract,
    SpellingContract,
    LinkContract,
    SweepingContract,
    MembersContract,
):
    """Everything that a store promises."""
