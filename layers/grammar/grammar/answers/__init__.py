"""The words that an answer may hold, and the form in which it is shown."""
