"""Catalogs and profiles in OSCAL: ``json_reader`` and ``xml_reader`` are the parsers, ``rendering`` makes text."""
