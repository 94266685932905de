"""A spell checker that is learnt from a published corpus and names its sources."""
