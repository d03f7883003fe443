"""The ports of the store: one per subject, with the values it takes and gives.

``knowledge.store`` keeps each promise on PostgreSQL, ``tests.fakes`` keeps it in memory, and ``tests.contracts`` checks
both with the same tests. A worker or a route depends on the port; only the wiring names PostgreSQL.
"""
