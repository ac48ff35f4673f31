"""Decides when two texts are the same: one module for each kind of text, and no Django.

Forms, files, guards, search, keys and log-in ask only these modules. The typed text is kept as it
was typed; its key is compared.
"""
