"""Fits the weights of `grammar.screening.injections` from sentences of our own."""
