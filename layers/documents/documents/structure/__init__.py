"""Shared by all formats: headings, controls in tables, lists, and the outline that becomes sections."""
