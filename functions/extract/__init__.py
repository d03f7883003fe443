"""BATCH tier: sections to chunks, controls and vectors."""
