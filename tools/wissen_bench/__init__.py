"""`wissen bench`: the figures this product promises, measured on the running stack.

A part measures one thing and lives in a module of its own, see `wissen_bench.part`.
"""
