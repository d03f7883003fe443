"""The commands of `wissen`, one module for each group, and how their results look."""
