"""Everything a worker needs beside its own work: the stage runtime, leases, how a message arrived, wiring.

Importing this package imports none of it, so that a function pays at its cold start only for the parts it names.
"""
