"""The classes and functions that LiteLLM's configuration names. LiteLLM may load each file under a copy of its own.

Therefore nothing here is imported by another module, and no state that the process shares lives here.
"""
