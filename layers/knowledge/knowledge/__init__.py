"""The domain of Wissen: what a document, a control, a question and an answer are, and where they are kept.

Functions import this layer; it imports no function and no other layer.
"""
