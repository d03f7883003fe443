"""The faults of a document, in sentences its owner can act on.

    DocumentError
    ├── EmptyDocument       nothing in it: no bytes, or no text in any part
    ├── UnknownFormat       bytes of a kind no parser reads
    ├── BrokenDocument      the right kind, but damaged or cut off
    ├── EncryptedDocument   needs a password to be read
    ├── NoTextLayer         pages of pictures only (a scan without recognised text)
    ├── OcrFailed           recognising the text of a scan did not come to a result
    └── TooLarge            over one of the limits in ``documents.limits``

``str(error)`` names the file and says what to do next; it never contains text of the document. ``error.code``
is the stable name for programs.
"""

from __future__ import annotations


class DocumentError(Exception):
    """A document that cannot be parsed: ``name`` is the file's, ``code`` the stable name of the fault."""

    code = "document_error"
    sentence = "{name} could not be read: {detail}."
    usual_detail = ""

    def __init__(self, name: str, detail: str = "") -> None:
        self.name = name
        self.detail = detail or self.usual_detail
        super().__init__(self.sentence.format(name=name or "The document", detail=self.detail))


class EmptyDocument(DocumentError):
    """No bytes, or none that are text."""

    code = "empty_document"
    sentence = "{name} holds no text: {detail}. Upload a file with content."
    usual_detail = "it is blank"


class UnknownFormat(DocumentError):
    """The bytes are of a kind that no parser reads; the name's extension plays no part in this."""

    code = "unknown_format"
    sentence = (
        "{name} is {detail}, which cannot be read. Save it as PDF, DOCX, XLSX, PPTX, HTML, Markdown or plain text "
        "and upload it again."
    )


class BrokenDocument(DocumentError):
    """Damaged, cut off, or not what its first bytes promise."""

    code = "broken_document"
    sentence = (
        "{name} is damaged or incomplete: {detail}. "
        "Open it in the program it was made with, save it again and upload that copy."
    )


class EncryptedDocument(DocumentError):
    """Protected by a password that opening needs."""

    code = "encrypted_document"
    sentence = "{name} is protected by a password. Remove the protection and upload it again."


class NoTextLayer(DocumentError):
    """Pages without any text that a program can read."""

    code = "no_text_layer"
    sentence = (
        "{name} has no text layer: {detail}. Run text recognition (OCR) over it and upload the result, or have the "
        "operator install tesseract-ocr with its German and English data (tesseract-ocr-deu, tesseract-ocr-eng)."
    )


class OcrFailed(DocumentError):
    """Text recognition was tried and did not come to a result."""

    code = "ocr_failed"
    sentence = "{name} could not be read by text recognition: {detail}. Try again, or upload it with a text layer."


class TooLarge(DocumentError):
    """Over a limit, or packed so tightly that unpacking it would be unsafe."""

    code = "too_large"
    sentence = "{name} is too large: {detail}. Split it into smaller documents."
