"""Which spellings are one thing, and which are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.entities.spellings import SPELLING_VERSION, spelling
from knowledge.taxonomy import EntityType

SAME = [
    (EntityType.ROLE, "Datenschutzbeauftragte", "Datenschutzbeauftragter"),
    (EntityType.ROLE, "Datenschutzbeauftragte", "DSB"),
    (EntityType.ROLE, "Depotverwalterin", "Depotverwalter"),
    (EntityType.ROLE, "Depot-Verwalter:innen", "Depotverwalterinnen"),
    (EntityType.ROLE, "Prüfstellenleiter", "Pruefstellenleiter/-in"),
    (EntityType.PROCESS, "Ablage-Prüfung", "Ablageprüfungen"),
    (EntityType.PROCESS, "IAM", "identity and access management"),
    (EntityType.TECHNOLOGY, "Mehr-Faktor-Authentisierung", "MFA"),
    (EntityType.TECHNOLOGY, "Nordlicht Tresor", "NORDLICHT-Tresor"),
    (EntityType.STANDARD, "ISO 27001", "ISO/IEC 27001"),
    (EntityType.ORGANIZATION, "Muster Werke GmbH", "Muster-Werke-GmbH"),
    (EntityType.CONTROL_ID, "AC-02", "ac-2"),
]
DIFFERENT = [
    (EntityType.TECHNOLOGY, "LDAP", "Active Directory"),
    (EntityType.TECHNOLOGY, "Tresor 1.2", "Tresor 1.3"),
    (EntityType.TECHNOLOGY, "C", "C++"),
    (EntityType.STANDARD, "ISO/IEC 27001", "ISO/IEC 27001-1"),
    (EntityType.STANDARD, "IT-Grundschutz", "Grundschutz++"),
    (EntityType.ROLE, "Administrator", "Administration"),
    (EntityType.CONTROL_ID, "AC-2", "AC-2(1)"),
]


@pytest.mark.parametrize(("kind", "one", "other"), SAME)
def test_spellings_of_one_thing_are_one(kind: EntityType, one: str, other: str) -> None:
    assert spelling(kind, one) == spelling(kind, other)


@pytest.mark.parametrize(("kind", "one", "other"), DIFFERENT)
def test_other_things_stay_apart(kind: EntityType, one: str, other: str) -> None:
    assert spelling(kind, one) != spelling(kind, other)


@given(st.sampled_from(EntityType), st.text(min_size=1, max_size=80))
def test_everything_has_a_spelling_that_names_its_rule(kind: EntityType, key: str) -> None:
    assert spelling(kind, key).startswith(SPELLING_VERSION)
