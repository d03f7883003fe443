"""The tree of web pages: elements that browsers end, move or ignore, and pages that would take too long."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

import pytest
from tests.unit.documents.builders import assert_sound, headings

from documents import BrokenDocument, DocumentError, ParsedDocument, parse


def page(inside: str) -> ParsedDocument:
    document = parse(f"<!DOCTYPE html><html><body>{inside}</body></html>".encode(), "x.html")
    assert_sound(document)
    return document


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ("<ul><li>a<ul><li>b<li>c</ul><li>d</ul>", "- a\n- b\n- c\n- d"),
        ("<ol><li>a<p>b</p><div>c</div><li>d</ol>", "1. a\nb\nc\n2. d"),
        ("<p>a<ul><li>b</ul>c", "a\n\n- b\n\nc"),
        ("<p>a<h2>b</h2></p>c", "a\n\nb\n\nc"),
        ("<dl><dt>a<dd>b<dt>c<dd>d</dl>", "a\nb\n\nc\nd"),
        ("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a | b\nc | d"),
        ("<table><tr><td>a<td>b</tr>davor<tr><td>c<td>d</table>", "davor\n\na | b\nc | d"),
        ("<table><caption>t<tr><td>a<td>b<tbody><tr><td>c<td>d</table>", "t\n\na | b\nc | d"),
        ("<b>a<p>b</b>c</p>", "a\n\nbc"),
        ("a<!-->b<!--->c<!-- x --!>d<!-- > -->e", "abcde"),
        ("a<![CDATA[b]]>c<?x?>d</ >e", "acde"),
        ("a<p/>b<br/>c</br>d", "a\n\nb\nc\nd"),
        ("&amp &copy2; &notit; &#128; &#x110000; &nosuch;", "& ©2; ¬it; € \ufffd &nosuch;"),
        ("a&#0;b", "a\ufffdb"),
        ("<svg><title>nein</title><p>b", "b"),
        ("<math><mi>nein</mi></math>b", "b"),
        ("<xmp><b>a</xmp>b", "<b>a\n\nb"),
        ("a<noscript><p>nein</noscript>b", "ab"),
        ("a<iframe><p>nein</iframe><noembed><p>nein</noembed>b", "ab"),
        ("a<textarea><p>nein</textarea><script><!--<script></script>nein</script>b", "ab"),
        ("a<template><p>nein<template>nein</template></template>b", "ab"),
        ("<p a='>nein' b=>nein c>a</p>", "nein c>a"),
        ('<p =">a<p a="b"c="d">e', "a\n\ne"),
        ("<pre>\na\n\n  b</pre>c", "a\n\n  b\n\nc"),
        ("</html>a</body>b", "ab"),
    ],
)
def test_markup_is_read_as_browsers_read_it(inside: str, text: str) -> None:
    assert page(inside).text == text


def test_what_a_page_without_scripts_shows_in_its_head_is_no_text() -> None:
    markup = "<!DOCTYPE html><head><noscript><p>nein</p></noscript><title>Hafen</title></head><p>a"
    document = parse(markup.encode(), "x.html")
    assert (document.title, document.text) == ("Hafen", "a")


def test_headings_within_other_elements() -> None:
    assert headings(page("<header><hgroup><h1>a<span>b</span></h1></hgroup></header><p>c<h2>d<h3>e</h2>f")) == [
        *("ab", "d", "e")
    ]


ATTACKS: dict[str, Callable[[int], str]] = {
    "nesting": lambda n: "<span>" * n + "</x>" * n,
    "nesting that looks closed": lambda n: "<span><div></span></div>" * n + "</x>" * n,
    "nesting in lists": lambda n: "<ul><li>" * n + "</x>" * n,
    "nesting in drawings": lambda n: "<svg></head><noscript>" * n + "</x>" * n,
    "nesting in templates": lambda n: "<template><span>" * n + "</x>" * n,
    "nesting behind scripts": lambda n: "<script>'<span>'</script><span>" * n + "</x>" * n,
    "formatting": lambda n: "".join(f"<p><b id={number}>x" for number in range(n)),
    "formatting in tables": lambda n: (
        "".join(f"<b id={i}><table><td></b></table>" for i in range(n)) + "<div>x</div>" * n
    ),
    "fonts": lambda n: "".join(f"<font size={number}>x</p>" for number in range(n)),
    "links": lambda n: "<a><div>" * n + "</a>" * n,
    "attributes": lambda n: "<p " + " ".join(f"a{number}=1" for number in range(n)) + ">x",
    "attributes of the root": lambda n: "".join(f"<html a{number}>" for number in range(n)) + "x",
    "text before tables": lambda n: "<table>" + "x<b>" * n,
    "quotes": lambda n: "<p a=\"'" * n,
    "end tags": lambda n: "</p></div></x></br>" * n,
    "bold": lambda n: "<b>" * n + "</i><p></p>" * n,
    "end tags of what is closed in": lambda n: "<span><div>" + "<b>" * 9_000 + "</span>" * n,
    "selects": lambda n: "<select><option><optgroup>" * n,
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_pages_made_to_take_long_are_read_or_refused_at_once(attack: str) -> None:
    for repeated in (5_000, 40_000):
        data = f"<!DOCTYPE html><p>x</p>{ATTACKS[attack](repeated)}".encode()
        started = time.process_time()
        with contextlib.suppress(DocumentError):
            assert_sound(parse(data, "x.html"))
        assert time.process_time() - started < 10  # minutes or all of the memory, without a bound


def test_reasons_of_refusal() -> None:
    with pytest.raises(BrokenDocument, match="formatting is not closed"):
        page(ATTACKS["formatting"](5_000))
    with pytest.raises(BrokenDocument, match="too many attributes"):
        page(ATTACKS["attributes"](5_000))


def test_large_pages_with_careless_markup_are_not_refused() -> None:
    row = "<tr><td><font color=red><b>a</font></b><td><a href='x{0}'>b</a><p>c<p>d<ul><li>e<li>f</ul>"
    text = page("<table>" + "".join(row.format(number) for number in range(5_000)) + "</table>").text
    assert text.count("\n") == 4_999
