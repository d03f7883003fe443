"""Screens of texts: orders to a model, personal data, and topics that a policy refuses. Pure and in linear time."""
