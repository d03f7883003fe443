"""Scripts that the benchmark starts in a process of their own, with the layer they measure on its path."""
