"""The parts that client, stack and commands share: errors, the clock, progress, the terminal, quantiles."""
