"""The ledger of one corpus: a DuckDB file that is only ever appended to."""
