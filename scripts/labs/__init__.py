"""Labs: notebooks kept as Python files with cells, run by a kernel and shown with what they printed and drew."""
