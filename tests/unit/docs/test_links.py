"""Links inside the repository lead somewhere, and decisions are listed by number."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.docs.pages import ROOT, Page, page, pages

_ADR = re.compile(r"\[ADR (\d+)\]\(([^)]+)\)")


def test_every_link_inside_the_repository_leads_to_a_file_and_a_heading() -> None:
    broken = []
    for each in pages():
        for link in each.links():
            if re.match(r"[a-z]+:", link.text):
                continue
            file, _, anchor = link.text.partition("#")
            target = (each.path.parent / file).resolve() if file else each.path
            if not target.exists() or (anchor and anchor not in Page(target).anchors()):
                broken.append(str(link))
    assert not broken


def test_a_decision_is_cited_by_its_own_number() -> None:
    for each in pages():
        for number, target in _ADR.findall(each.text):
            assert Path(target).name.startswith(f"{int(number):04}-"), f"{each.path.name}: ADR {number}"


def _decisions() -> list[Path]:
    return sorted((ROOT / "docs/adr").glob("[0-9]*.md"))


def test_decisions_are_numbered_without_a_gap_and_carry_their_number() -> None:
    assert [int(path.name[:4]) for path in _decisions()] == list(range(1, len(_decisions()) + 1))
    for path in _decisions():
        assert Page(path).headings()[0].startswith(f"{int(path.name[:4])}. ")


def test_the_index_lists_every_decision_by_its_title() -> None:
    titles = [(f"{Page(path).headings()[0]}", path.name) for path in _decisions()]
    listed = re.findall(r"^\* \[(.+?)\]\(([^)]+)\)$", page("docs/adr/README.md").text, re.MULTILINE)
    assert listed == titles


def test_the_readme_links_every_page() -> None:
    linked = {(ROOT / link.text.partition("#")[0]).resolve() for link in page("README.md").links()}
    listed = {each.path for each in pages() if each.path.parent != ROOT / "docs/adr"} - {ROOT / "README.md"}
    assert listed <= linked
