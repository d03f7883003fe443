"""Entities that texts name: roles, technologies, standards, ids; abbreviations, and spellings of one thing."""
