"""Keeps the components of the stack to themselves: doors, the signatures that open one, limits of processes."""
