"""Estovers: judge, curate and publish what spiders acquired with consent."""
