"""The audit: every decision derived again from the archive and compared with the record.

It needs nothing but the folder of the corpus: each decision is taken under the manifest of
its run, on the exchanges it names, at the moment it was taken.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from hashlib import sha256
from http import HTTPStatus
from itertools import chain, islice
from pathlib import Path
from typing import Final

import pipeline.ledger.questions as ask
from pipeline import archive, manifest, replay
from pipeline.consent import crawlers
from pipeline.errors import ArchiveFault, ManifestFault
from pipeline.judge import judge, policy_file_judgement, revalidated
from pipeline.ledger import history
from pipeline.ledger.entries import Entry, entries_of
from pipeline.ledger.history import Past
from pipeline.ledger.rows import DecisionRow, EvidenceRow, ExchangeRow, Run
from pipeline.ledger.store import open_reader
from pipeline.model import Exchange, Judgement, Policy, digest_of
from pipeline.text import shown
from pipeline.vocab import Digest, Reason, Stage, Verdict

FINDING_LIMIT: Final = 1_000
"""Findings that are kept; those beyond are only counted."""
