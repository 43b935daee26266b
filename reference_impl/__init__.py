"""The reference implementations behind the handbook: one room per operator.

Importing this package imports neither NumPy nor torch; take what you need from its modules.
"""
