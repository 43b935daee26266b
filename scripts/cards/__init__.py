"""The cards: what a person looks up of each operator, as data that is checked against the operator as it runs.

`entries` holds one `Card` per operator, `check` compares every row of it with seeded layers, `spelling` writes the
call of each framework, and `scripts.site.cards` makes the table that a page shows.
"""
