"""PostgreSQL behind the domain: every statement runs in a transaction that knows who is asking."""
