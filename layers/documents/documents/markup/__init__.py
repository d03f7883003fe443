"""Text with marks, or with none: the parsers ``html``, ``markdown``, ``docbook`` and ``plain_text``."""
