"""WebSocket API: who may listen to which question, and what has happened to it so far."""
