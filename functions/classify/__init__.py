"""BATCH tier: uploaded bytes to a typed document, planned in parts."""
