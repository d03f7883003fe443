"""The benchmark of the model gateway: a proxy of its own, a provider on this machine, and the load on them."""
