"""Access to the stack: API keys, keys of the model gateway, teams. PostgreSQL holds all of it."""
