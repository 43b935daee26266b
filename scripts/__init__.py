"""What the handbook is built, drawn, measured and checked with; nothing here is imported by a page."""
