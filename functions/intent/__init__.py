"""CRITICAL tier: what a question is about."""
