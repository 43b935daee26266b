"""`python -m reference_impl.summary NAME`."""

import sys

from reference_impl.summary import main

if __name__ == "__main__":
    sys.exit(main())
