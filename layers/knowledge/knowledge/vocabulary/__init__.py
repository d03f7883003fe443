"""The words of the field, as tables: names of roles, technologies and standards, and words that mean the same."""
