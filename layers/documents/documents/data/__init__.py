"""JSON and XML of no known schema: ``json_reader`` and ``xml_reader`` are the parsers, ``records`` makes text."""
