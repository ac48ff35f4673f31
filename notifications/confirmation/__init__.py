"""The letter about an issued order: its facts, its words, its PDF, its copies."""
