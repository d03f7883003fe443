"""The classes and functions that LiteLLM's configuration names. LiteLLM may load each file under a copy of its own.

Therefore no other module imports them, and they hold no state that the process shares.
"""
