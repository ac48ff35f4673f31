"""The order form: its fields, lines, forecast and drafts."""
