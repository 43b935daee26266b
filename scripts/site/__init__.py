"""What mkdocs runs while it builds the handbook: one file for each thing that it adds to a page."""
