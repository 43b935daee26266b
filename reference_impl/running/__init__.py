"""Running other people's torch models: on shapes alone where that answers, and without leaving a trace in them."""
