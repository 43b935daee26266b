"""What an operator or a chapter still lacks: `python -m scripts.check`, the last part of `make check`."""
