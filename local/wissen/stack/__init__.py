"""The embedded stack: PostgreSQL, Valkey, the model gateway and the emulator of AWS on this machine."""
