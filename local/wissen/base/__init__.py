"""What the client, the stack and the commands share: errors, the clock, progress, the terminal, quantiles."""
