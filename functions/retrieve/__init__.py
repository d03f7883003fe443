"""MEDIUM tier: the passages a question is answered from."""
