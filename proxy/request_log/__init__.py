"""One row for each model call, and its way to the store."""
