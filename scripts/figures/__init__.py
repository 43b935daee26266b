"""The pictures of the handbook: one module per chapter, one function per picture."""
