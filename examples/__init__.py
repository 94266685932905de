"""What can be made from a published corpus: small, useful, and traceable to its pages."""
