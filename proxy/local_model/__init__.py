"""Answers of the small language model of the profile `local`, and their check against the sources."""
