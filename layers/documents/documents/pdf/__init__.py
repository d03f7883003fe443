"""PDF, through pdfium: ``reader`` is the parser, ``layout`` makes paragraphs and headings of its lines."""
