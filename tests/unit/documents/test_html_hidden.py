"""Hidden text of web pages: the rules by which browsers decide whether a declaration holds for an element."""

from __future__ import annotations

import pytest
from tests.unit.documents.builders import assert_sound, hidden_texts
from tinycss2 import parse_component_value_list  # type: ignore[import-untyped]

from documents import ParsedDocument, TooLarge, parse
from documents.markup.media_queries import is_for_screens

ELEMENT = (
    '<main id=inhalt><section class="kapitel erstes"><h1>Offen</h1><p>Davor.</p>'
    '<p class="weg" lang="de-AT" data-art="Geheim sache">geheim</p></section></main><p>Danach.</p>'
)


def page(css: str, body: str = ELEMENT) -> ParsedDocument:
    document = parse(f"<!DOCTYPE html><html><style>{css}</style><body>{body}</body></html>".encode(), "x.html")
    assert_sound(document)
    return document


@pytest.mark.parametrize(
    "selector",
    [
        *("p.weg", "P.weg", "*.weg", ".weg", "section .weg", "main > section > .weg", "main p + p.weg", "h1 ~ .weg"),
        *("#inhalt .weg", "section.kapitel.erstes .weg", ":root .weg", "body .weg:not(:first-child)"),
        *("section > p:not(p:first-child):not(.x, :first-child).weg", ":is(.a, .weg)", ":where(.weg)"),
        *("[data-art]", "p[class=weg]", '[data-art^="Geheim"]', "[data-art~='sache']", "[lang|=de]", "[LANG=DE-at]"),
        *('[data-art$="SACHE" i]', '[data-art*="m s"]', ".a, .weg", ".w\\65g", ".\\77 eg", "/**/.weg/**/"),
    ],
)
def test_a_selector_hides_what_it_selects(selector: str) -> None:
    document = page(f"{selector} {{ display: none }}")
    assert hidden_texts(document) == ["geheim"]
    assert document.visible_text == "Offen\n\nDavor.\n\nDanach."


@pytest.mark.parametrize(
    "selector",
    [
        *("div .weg", "main > .weg", "h1 + .weg", ".weg .weg", ".weg + p", ".WEG", "p:first-child.weg", ".weg:hover"),
        *(".weg::before", "[data-art='geheim sache']", "[data-art^='']", ".weg:not(p)", ":is(h2, div).weg", "p:not("),
        *("> .weg", ".weg >", ".weg,, .x >", "..weg", "#weg", ":root.weg", "[data-art=Geheim sache]", ".weg p ~"),
    ],
)
def test_other_selectors_hide_nothing(selector: str) -> None:
    assert hidden_texts(page(f"{selector} {{ display: none }}")) == []


@pytest.mark.parametrize(
    ("css", "style"),
    [
        (".weg { display: none }  p { display: block }", ""),
        ("p.weg { display: none } .weg { display: block }", ""),
        (".weg { display: none !important } #inhalt .weg { display: block }", ""),
        (".weg { display: none !important }", "display: block"),
        ("", "display: none; display: bogus"),
        ("", "DISPLAY: NONE"),
        ("", "d\\69splay:n\\6fne"),
        ("", "display:/* */none/**/"),
        ("", "color: white; color: nocolour"),
        ("", "display: none; display: foo()"),
        ("", "display: none; display: block none block"),
        ("", "color: white; color: foo(1)"),
        ("", "color: white; background: black nothing"),
        ("", "font-size: 0; font-size: huge"),
        ("", "font-size: 0; font-size: -12px"),
        ("", "font-size: 0; font-size: 12"),
        ("", "font-size: 0; font: 12px"),
        ("", "font-size: calc(0px)"),
        ("", "opacity: 0; opacity: full"),
        ("", "position: absolute; left: -9999px; left: 10xx; position: nowhere"),
        ("", "visibility: hidden; visibility: seen"),
        ("", "color: hsl(0, 0%, 100%)"),
        ("", "color: rgb(255 255 255 / 100%)"),
        ("", "color: linen; background: linen"),
        ("", "color: canvas"),
        ("", "font-size: 1e-3px"),
        ("", "font: italic 700 0/1.2 serif"),
        ("", "clip-path: inset(50%)"),
        ("", "position: absolute; clip: rect(1px, 1px, 1px, 1px)"),
        ("", "content-visibility: hidden"),
        ("", "opacity: 1%"),
        ("", "position: absolute; left: -99em"),
        ("", "width: 1px; height: 1px; overflow-y: hidden"),
        ("", "--x: };display: none"),
        ("@media screen { .weg { display: none } }", ""),
        ("@media (min-width: 300px) { .weg { display: none } }", ""),
        ("@media not print { @supports (display: grid) { .weg { display: none } } }", ""),
        ("@layer x { .weg { display: none } }", ""),
        ("@charset 'x'; .a { } <!-- .weg { display: none } -->", ""),
        (".a { content: '}' } .weg { display: none }", ""),
        ("p { color: red; { } ; } .weg { display: none }", ""),
    ],
)
def test_a_declaration_that_holds_hides(css: str, style: str) -> None:
    body = ELEMENT.replace("<p class=", f'<p style="{style}" class=')
    assert hidden_texts(page(css, body)) == ["geheim"]


@pytest.mark.parametrize(
    ("css", "style"),
    [
        (".weg { display: none }", "display: block"),
        (".weg { display: block !important } p.weg { display: none }", ""),
        (".weg { display: none } .weg { display: block }", ""),
        ("@media print { .weg { display: none } }", ""),
        ("@media (max-width: 300px) { .weg { display: none } }", ""),
        ("@media (unknown) { .weg { display: none } }", ""),
        ("@font-face { display: none } @page { display: none }", ""),
        ("/* .weg { display: none } */", ""),
        (".a { content: '; } .weg { display: none }'", ""),
        ("", "display none"),
        ("", "display: bogus"),
        ("", "color: white; background: no-repeat url(x.png)"),
        ("", "color: white; background: linear-gradient(red, blue)"),
        ("", "color: white; background-color: #000"),
        ("", "font-size: 12px; font: bogus"),
        ("", "font-size: 0; font: italic 12px/1.5 'A B', serif"),
        ("", "font-size: 0; font-size: medium"),
        ("", "display: none; display: inline flex"),
        ("", "color: white; background: url(x.png) no-repeat center / cover, navy"),
        ("", "color: white; color: color-mix(in srgb, red, blue)"),
        ("", "position: absolute; left: -9999px; left: calc(1px + 1em)"),
    ],
)
def test_a_declaration_that_does_not_hold_hides_nothing(css: str, style: str) -> None:
    body = ELEMENT.replace("<p class=", f'<p style="{style}" class=')
    assert hidden_texts(page(css, body)) == []


def test_style_sheets_count_wherever_they_are() -> None:
    assert hidden_texts(page("", ELEMENT + "<div><style>.weg { display: none }</style></div>")) == ["geheim"]
    assert hidden_texts(page("", ELEMENT + "<svg><style>.weg { display: none }</style></svg>")) == ["geheim"]
    assert hidden_texts(page("", ELEMENT + "<style media=print>.weg { display: none }</style>")) == []
    assert hidden_texts(page("", ELEMENT + "<noscript><style>.weg { display: none }</style></noscript>")) == []
    assert hidden_texts(page("", ELEMENT + "<template><style>.weg { display: none }</style></template>")) == []


def test_dialogs_and_popovers_are_closed_at_first() -> None:
    body = "<p>Offen</p><dialog>zu</dialog><dialog open>auf</dialog><div popover>zu</div>"
    assert page("", body).visible_text == "Offen\n\nauf"


@pytest.mark.parametrize(
    "query", ["", "all", "screen", "only screen", "print, screen", "(prefers-color-scheme: light)"]
)
def test_media_of_a_screen(query: str) -> None:
    assert is_for_screens(parse_component_value_list(query))


@pytest.mark.parametrize(
    "query", ["print", "not all", "not screen", "screen and (x: y)", "print and (min-width: 1px)", "{}"]
)
def test_other_media(query: str) -> None:
    assert not is_for_screens(parse_component_value_list(query))


@pytest.mark.parametrize(
    "css",
    [
        *("p ~ p { color: red }", "* * * * * { color: red }", ":not(:not(:not(:not(p)))) { color: red }"),
        *(
            ":is(" + "p," * 50 + "b) + p { color: red }",
            "p > p { top: calc" + "(" * 50 + ")" * 50 + "}",
            "[a][b=c]p { top: 1px }",
        ),
    ],
)
def test_many_rules_for_many_elements_are_refused_and_not_passed_over(css: str) -> None:
    with pytest.raises(TooLarge, match="style sheets"):
        page(css * 3_000, "<p>x</p>" * 2_000)


def test_a_usual_number_of_rules_is_read() -> None:
    rules = "".join(f".c{number} > p.d{number}, #x{number} {{ color: red }}" for number in range(2_000))
    assert hidden_texts(page(f"{rules} section > .weg {{ display: none }}", ELEMENT * 500)) == ["geheim"] * 500
