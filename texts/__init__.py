"""When two texts are the same: one module for each kind of text, and no Django.

Forms, files, guards, search, keys and log-in ask here and nowhere else; what was typed is kept
as it was typed, and what is compared is its key.
"""
