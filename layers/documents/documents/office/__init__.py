"""Word, Excel and PowerPoint (ECMA-376): ``docx``, ``xlsx`` and ``pptx`` are the parsers."""
