"""Plant small changes in the pages and see which of them the build notices: `make drift`."""
