"""Who may use the stack: API keys, keys of the model gateway, teams. All of it lies in PostgreSQL."""
