"""Injections and personal data in the texts of a request."""
