"""The look of results: pure functions from records to rich renderables.

Everything that comes from a document, a user or the API passes through `printable`: a quote must not be able to send
commands to the reader's terminal.
"""
