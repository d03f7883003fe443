"""Patterns that read German and English compliance text without a model."""
