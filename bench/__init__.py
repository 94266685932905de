"""Measurements: ratios against a peer in the same run, never absolutes alone."""
