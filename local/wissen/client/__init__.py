"""The client of the HTTP API: calls, records, uploads and streams. It draws nothing and knows no local stack."""
