"""Builds the gateway's image and runs it; `make gateway-image`."""
