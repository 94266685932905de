"""Acquire: what reaches the web, and what keeps it from doing so without consent."""
