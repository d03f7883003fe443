"""The small language model of the profile `local`: its weights, its environment, its server."""
