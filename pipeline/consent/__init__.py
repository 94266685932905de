"""What the web says of its use: a reader for each standard, and one place that decides."""
