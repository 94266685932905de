"""A record of decisions as JSON lines, for those who build no corpus."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import IO

from pipeline.archive import Place
from pipeline.cases import evidence_json
from pipeline.ending import Ending
from pipeline.errors import ArchiveFault
from pipeline.ledger.entries import decision_id
from pipeline.model import Capture, Exchange, Judgement, digest_of, whole_characters
from pipeline.vocab import Stage
from spiders.frontier import host_of
from spiders.notes import Decided


class Diary:
    """A ``Recorder`` that appends to a file, or only counts where no file is named."""

    def __init__(self, path: Path | None = None) -> None:
        self._file: IO[str] | None = None
        self._path = path
        if path is not None:
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._file = path.open("a", encoding="utf-8")
            except OSError as error:
                raise self._fault(error) from error
        self._numbers = {"exchange": 0, "seq": 0}
        self.requests: dict[str, int] = {}

    def exchange(
        self, capture: Capture, *, kind: str, store: str | None, place: Place | None = None
    ) -> int:
        """Write down an exchange; no payload is kept, only its digest."""
        del store, place
        host = host_of(capture.url)
        self.requests[host] = self.requests.get(host, 0) + 1
        self._numbers["exchange"] += 1
        self._write(
            "exchange",
            number=self._numbers["exchange"],
            url=capture.url,
            kind=kind,
            status=capture.status,
            error=capture.error,
            digest=digest_of(capture.payload) if capture.status is not None else None,
            read_at=capture.read_at.isoformat(),
        )
        return self._numbers["exchange"]

    def decided(
        self, judgement: Judgement, stage: Stage, *, inputs: Sequence[int], now: datetime
    ) -> Decided:
        """Write down a decision with its evidence."""
        decision = judgement.acquisition if stage is Stage.ACQUISITION else judgement.usage
        self._numbers["seq"] += 1
        found = Decided(decision=decision_id(judgement, stage), seq=self._numbers["seq"])
        self._write(
            "decision",
            decision=found.decision,
            seq=found.seq,
            url=judgement.url,
            stage=stage,
            verdict=decision.verdict,
            reason=decision.reason,
            license=judgement.license.expression if judgement.license else None,
            preferences={str(k): str(v) for k, v in judgement.preferences.items()},
            evidence=[evidence_json(e) for e in decision.evidence],
            inputs=list(inputs),
            decided_at=now.isoformat(),
        )
        return found

    def compared(self, exchange: Exchange, number: int) -> None:
        """Do nothing: where no corpus is built no texts are compared."""

    def permitted(
        self, decided: Decided, method: str, url: str, *, kind: str, now: datetime
    ) -> None:
        """Write down leave for one request."""
        self._write(
            "permit", **asdict(decided), method=method, url=url, kind=kind,
            issued_at=now.isoformat(),
        )  # fmt: skip

    def ended(self, ending: Ending, *, now: datetime) -> None:
        """Write down how a URL ended."""
        self._write("outcome", **asdict(ending), ended_at=now.isoformat())

    def hurry(self) -> None:
        """Do nothing: what is asked for is written at once."""

    async def durable(self, *, is_urgent: bool = False) -> None:  # noqa: ARG002
        """Return when all that was written down so far is on the disk.

        Raises ArchiveFault where the disk takes no more.
        """
        if self._file is not None:
            try:
                self._file.flush()
                os.fsync(self._file.fileno())
            except OSError as error:
                raise self._fault(error) from error

    def close(self) -> None:
        """Close the file; ``durable`` has said what could not be written to it."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self, entry: str, **facts: object) -> None:
        if self._file is not None:
            line = json.dumps({"entry": entry, **facts}, ensure_ascii=False)
            try:
                self._file.write(whole_characters(line) + "\n")
            except OSError as error:
                raise self._fault(error) from error

    def _fault(self, error: OSError) -> ArchiveFault:
        return ArchiveFault(
            f"{self._path}: the decisions cannot be written ({error.strerror}). Free or "
            "repair the disk, or choose another folder, and run the command again."
        )
