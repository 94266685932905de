"""Licenses: what a page declares, in SPDX's words, and what a corpus may carry."""
