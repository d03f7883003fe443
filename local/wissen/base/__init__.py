"""Shared by the client, the stack and the commands: errors, the clock, progress, the terminal, quantiles."""
