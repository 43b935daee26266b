"""Pictures of chapter 1, data representation."""
