"""Small documents in OSCAL, DocBook, XML and JSON, in words of our own."""

from __future__ import annotations

import json
from typing import Any

OSCAL_NAMESPACE = "http://csrc.nist.gov/ns/oscal/1.0"


def prop(name: str, value: str, kind: str = "") -> dict[str, str]:
    return {"name": name, "value": value, **({"class": kind} if kind else {})}


def item(label: str, prose: str, *items: dict[str, Any], identifier: str = "") -> dict[str, Any]:
    part = {"id": identifier, "name": "item", "props": [prop("label", label)], "prose": prose}
    return {**part, **({"parts": list(items)} if items else {})}


HARBOUR_CONTROL: dict[str, Any] = {
    "id": "hf-2",
    "title": "Berth Access",
    "params": [
        {"id": "hf-2_prm_1", "label": "organization-defined guards"},
        {"id": "hf-02_odp.02", "label": "frequency", "props": [prop("alt-identifier", "hf-2_prm_2")]},
        {
            "id": "hf-02_odp.03",
            "select": {"how-many": "one-or-more", "choice": ["by badge", "after {{ insert: param, hf-2_prm_1 }}"]},
        },
    ],
    "props": [
        prop("label", "HF-02", "zero-padded"),
        prop("label", "HF-2"),
        prop("label", "HF-02", "sp800-53a"),
    ],
    "links": [
        {"rel": "related", "href": "#hf-3"},
        {"rel": "related", "href": "#xy-4.2"},
        {"rel": "reference", "href": "#7b0d8d4c-3f2e-4f0e-9a51-0123456789ab"},
    ],
    "parts": [
        {
            "id": "hf-2_smt",
            "name": "statement",
            "parts": [
                item("a.", "Admit {{ insert: param, hf-2_prm_1 }} to the berth ; and", identifier="hf-2_smt.a"),
                item(
                    "b.",
                    "Review the list:",
                    item("1.", "every {{ insert: param, hf-2_prm_2 }} ;"),
                    item("2.", "{{ insert: param, hf-02_odp.03 }}."),
                    identifier="hf-2_smt.b",
                ),
            ],
        },
        {
            "id": "hf-2_gdn",
            "name": "guidance",
            "prose": "A *berth* is a place for [one ship](#hf-3). It holds:\n\n- lines\n- fenders\n\n"
            "That is the end of it.",
        },
    ],
    "controls": [
        {
            "id": "hf-2.1",
            "title": "Night Access",
            "props": [prop("label", "HF-2(1)")],
            "links": [{"rel": "required", "href": "#hf-2"}, {"rel": "required", "href": "#hf-3"}],
            "parts": [{"name": "statement", "prose": "Lock the gate of the berth at night."}],
        },
    ],
}
WITHDRAWN_CONTROL: dict[str, Any] = {
    "id": "hf-3",
    "title": "Mooring Lines",
    "props": [prop("label", "HF-03", "zero-padded"), prop("status", "withdrawn")],
    "links": [{"rel": "incorporated-into", "href": "#hf-2_smt.b"}, {"rel": "moved-to", "href": "#hf-2.1"}],
}
CATALOG: dict[str, Any] = {
    "catalog": {
        "uuid": "11111111-2222-4333-8444-555555555555",
        "metadata": {
            "title": "Harbour Rules",
            "published": "2026-03-01T08:00:00Z",
            "last-modified": "2026-04-02T08:00:00Z",
            "version": "3.1",
            "oscal-version": "1.1.2",
            "parties": [{"uuid": "x", "type": "organization", "name": "Harbour Office"}],
            "remarks": "For all berths.",
        },
        "groups": [{"id": "hf", "title": "Harbour Facilities", "controls": [HARBOUR_CONTROL, WITHDRAWN_CONTROL]}],
        "back-matter": {
            "resources": [
                {
                    "uuid": "7b0d8d4c-3f2e-4f0e-9a51-0123456789ab",
                    "title": "Tide Tables",
                    "citation": {"text": "Harbour Office (2025) Tide Tables."},
                }
            ]
        },
    }
}
GERMAN_CATALOG: dict[str, Any] = {
    "catalog": {
        "metadata": {"title": "Hafenkatalog", "version": "1"},
        "groups": [
            {
                "id": "HFN",
                "title": "Hafen",
                "props": [{**prop("label", "HFN"), "remarks": "Die Praktik Hafen schützt die Anlagen und das Becken."}],
                "groups": [
                    {
                        "id": "HFN.1",
                        "title": "Grundlagen",
                        "props": [prop("label", "1")],
                        "controls": [
                            {
                                "id": "HFN.1.1",
                                "title": "Verfahren",
                                "params": [{"id": "hfn.1.1-prm1", "label": "regelmäßig"}],
                                "props": [
                                    prop("sec_level", "erhöht"),
                                    prop("effort_level", "3"),
                                    prop("tags", "Zutritt"),
                                ],
                                "links": [
                                    {"rel": "related", "href": "#SENS.4.2"},
                                    {"rel": "required", "href": "#HFN.2.1"},
                                ],
                                "parts": [
                                    {
                                        "name": "statement",
                                        "prose": "Der Hafen SOLLTE die Verfahren {{ insert: param, hfn.1.1-prm1 }} "
                                        "prüfen.",
                                    },
                                    {"name": "guidance", "prose": "Das ist für die Sicherheit der Anlagen wichtig."},
                                ],
                            }
                        ],
                    }
                ],
            }
        ],
    }
}
CATALOG_XML = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- generated -->
<catalog xmlns="{OSCAL_NAMESPACE}" uuid="11111111-2222-4333-8444-555555555555">
  <metadata>
    <title>Harbour Rules</title>
    <published>2026-03-01T08:00:00Z</published>
    <last-modified>2026-04-02T08:00:00Z</last-modified>
    <version>3.1</version>
    <oscal-version>1.1.2</oscal-version>
    <party uuid="x" type="organization"><name>Harbour Office</name></party>
    <remarks><p>For all berths.</p></remarks>
  </metadata>
  <group id="hf">
    <title>Harbour Facilities</title>
    <control id="hf-2">
      <title>Berth Access</title>
      <param id="hf-2_prm_1"><label>organization-defined guards</label></param>
      <param id="hf-02_odp.02"><prop name="alt-identifier" value="hf-2_prm_2"/><label>frequency</label></param>
      <param id="hf-02_odp.03"><select how-many="one-or-more"><choice>by badge</choice>
        <choice>after <insert type="param" id-ref="hf-2_prm_1"/></choice></select></param>
      <prop name="label" class="zero-padded" value="HF-02"/>
      <prop name="label" value="HF-2"/>
      <prop name="label" class="sp800-53a" value="HF-02"/>
      <link rel="related" href="#hf-3"/>
      <link rel="related" href="#xy-4.2"/>
      <link rel="reference" href="#7b0d8d4c-3f2e-4f0e-9a51-0123456789ab"/>
      <part name="statement" id="hf-2_smt">
        <part name="item" id="hf-2_smt.a"><prop name="label" value="a."/>
          <p>Admit <insert type="param" id-ref="hf-2_prm_1"/> to the berth ; and</p></part>
        <part name="item" id="hf-2_smt.b"><prop name="label" value="b."/><p>Review the
            list:</p>
          <part name="item"><prop name="label" value="1."/><p>every
            <insert type="param" id-ref="hf-2_prm_2"/> ;</p></part>
          <part name="item"><prop name="label" value="2."/><p>
            <insert type="param" id-ref="hf-02_odp.03"/>.</p></part>
        </part>
      </part>
      <part name="guidance" id="hf-2_gdn">
        <p>A <em>berth</em> is a place for <a href="#hf-3">one ship</a>. It holds:</p>
        <ul><li>lines</li><li>fenders</li></ul>
        <p>That is the end of it.</p>
      </part>
      <control id="hf-2.1">
        <title>Night Access</title>
        <prop name="label" value="HF-2(1)"/>
        <link rel="required" href="#hf-2"/>
        <link rel="required" href="#hf-3"/>
        <part name="statement"><p>Lock the gate of the berth at night.</p></part>
      </control>
    </control>
    <control id="hf-3">
      <title>Mooring Lines</title>
      <prop name="label" class="zero-padded" value="HF-03"/>
      <prop name="status" value="withdrawn"/>
      <link rel="incorporated-into" href="#hf-2_smt.b"/>
      <link rel="moved-to" href="#hf-2.1"/>
    </control>
  </group>
  <back-matter>
    <resource uuid="7b0d8d4c-3f2e-4f0e-9a51-0123456789ab"><title>Tide Tables</title>
      <citation><text>Harbour Office (2025) Tide Tables.</text></citation></resource>
  </back-matter>
</catalog>
"""
PROFILE: dict[str, Any] = {
    "profile": {
        "metadata": {"title": "Small Harbours", "version": "2"},
        "imports": [
            {
                "href": "harbour_catalog.json",
                "include-controls": [{"with-ids": ["hf-2", "hf-2.1"], "matching": [{"pattern": "xy-*"}]}],
                "exclude-controls": [{"with-ids": ["hf-3"]}],
            }
        ],
        "modify": {
            "set-parameters": [{"param-id": "hf-2_prm_2", "values": ["month"]}],
            "alters": [
                {
                    "control-id": "hf-2.1",
                    "adds": [{"parts": [{"name": "guidance", "prose": "The night begins at 22:00."}]}],
                }
            ],
        },
    }
}
PROFILE_XML = f"""<profile xmlns="{OSCAL_NAMESPACE}">
  <metadata><title>Small Harbours</title><version>2</version></metadata>
  <import href="harbour_catalog.json">
    <include-controls><with-id>hf-2</with-id><with-id>hf-2.1</with-id><matching pattern="xy-*"/></include-controls>
    <exclude-controls><with-id>hf-3</with-id></exclude-controls>
  </import>
  <modify>
    <set-parameter param-id="hf-2_prm_2"><value>month</value></set-parameter>
    <alter control-id="hf-2.1"><add><part name="guidance"><p>The night begins at 22:00.</p></part></add></alter>
  </modify>
</profile>
"""
DOCBOOK = """<?xml version="1.0" encoding="UTF-8"?>
<section xmlns="http://docbook.org/ns/docbook" xml:id="s1">
  <info><title>HFN.1 Hafen</title><author><personname>A. Lotse</personname></author><pubdate>2026-02-03</pubdate></info>
  <para>Der Baustein <emphasis role="bold">Hafen</emphasis> gilt
    überall<footnote><para>Außer im Trockendock.</para></footnote>.</para>
  <section xml:id="s2"><title>Anforderungen</title>
    <section><title>HFN.1.A1 Zutritt (B) [Lotse]</title>
      <para>Der Zutritt MUSS geregelt sein<indexterm><primary>Zutritt</primary></indexterm>:
        <itemizedlist>
          <listitem><para>bei Tag,</para><para>auch sonntags,</para></listitem>
          <listitem><para>bei Nacht:</para>
            <orderedlist numeration="loweralpha"><listitem><para>Tor</para></listitem>
              <listitem><para>Steg</para></listitem></orderedlist></listitem>
        </itemizedlist>
        wie in <xref linkend="s2"/> gesagt.</para>
      <informaltable><thead><tr><td><para>Ort</para></td><td><para>Frist</para></td></tr></thead>
        <tbody><tr><td><para>Tor</para></td><td><para>ein Tag</para></td></tr></tbody></informaltable>
      <remark>Nur für die Redaktion.</remark>
    </section>
    <section><title>HFN.1.A2 ENTFALLEN (B)</title><para>Diese Anforderung ist entfallen.</para></section>
    <variablelist><varlistentry><term>Steg</term>
      <listitem><para>ein Weg über Wasser</para></listitem></varlistentry></variablelist>
    <programlisting>schliesse tor
  --nachts</programlisting>
    <warning><title>Vorsicht</title><para>Der Steg ist nass.</para></warning>
  </section>
</section>
"""
TYPED_JSON: dict[str, Any] = {
    "titel": "HFN.2 Lager",
    "edition": "2026",
    "bausteine": [
        {
            "id": "HFN.2",
            "abschnitte": [
                {"art": "h1", "text": "HFN.2 Lager"},
                {"art": "p", "text": "Das Lager hält die Güter trocken."},
                {"art": "h2", "text": "Anforderungen"},
                {"art": "h3", "text": "HFN.2.A1 Schloss (B) [Lotse]"},
                {"art": "p", "text": "Das Lager MUSS verschlossen sein. Der Schlüssel liegt beim Lotsen."},
                {"art": "li", "text": "nachts"},
                {"art": "li", "text": "sonntags"},
            ],
            "anforderungen": [
                {
                    "id": "HFN.2.A1",
                    "title": "Schloss",
                    "level": "B",
                    "roles": ["Lotse"],
                    "withdrawn": False,
                    "text": "Das Lager MUSS verschlossen sein.\nDer Schlüssel liegt beim Lotsen.",
                },
                {"id": "HFN.2.A2", "title": "Licht", "level": "S", "withdrawn": True, "text": "Es brennt kein Licht."},
            ],
        }
    ],
}
GENERIC_XML = """<?xml version="1.0"?>
<policy owner="Harbour Office">
  <title>Storage Policy</title>
  <rule id="STO-01"><title>Locks</title><text>Every <b>store</b> has a lock.</text><level>high</level></rule>
  <rule id="STO-02"><title>Lamps</title><text>No lamp burns at night.</text><site>A</site><site>B</site></rule>
  <mapping><from>STO-01</from><to>HF-2</to></mapping>
</policy>
"""


def as_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()
