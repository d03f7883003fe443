"""The users of the stack: API keys, keys of the model gateway, teams. All of it lies in PostgreSQL."""
