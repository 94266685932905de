"""What can stop a run, named by what its reader has to do next.

::

    EstoversError                exit  what to do
    ├── UsageFault                 64  correct the command
    ├── ManifestFault              65  correct the file
    ├── InputFault                 66  give a file or folder that exists and is whole
    ├── ArchiveFault               74  free or repair the disk, then run again
    ├── EngineFault                71  free memory for the workers, then run again
    ├── LedgerBusy                 75  wait until the other build is done
    ├── AuditFailed                 1  read the findings
    ├── NothingAdmitted             2  read the reasons: no page came through
    ├── ProofFault                  6  do not rely on the proof; ask for another
    ├── SignatureFault              7  do not rely on what is signed; ask its curator
    ├── SumsDiffer                  8  keep the ledger as it is and report it
    └── CardIncomplete              9  state what is missing

Numbers from 64 are those of BSD's ``sysexits.h``. Only the command line prints.
"""

from typing import ClassVar


class EstoversError(Exception):
    """A run that cannot go on, with a sentence that says what, where and what to do."""

    exit_code: ClassVar[int] = 70


class UsageFault(EstoversError):
    """The command line asks for something that does not exist."""

    exit_code = 64


class ManifestFault(EstoversError):
    """The manifest has faults; the message lists all of them."""

    exit_code = 65


class InputFault(EstoversError):
    """A file or folder that was named is missing or unreadable."""

    exit_code = 66


class ArchiveFault(EstoversError):
    """The archive or the ledger could not be written or is damaged."""

    exit_code = 74


class EngineFault(EstoversError):
    """Workers were lost, and other workers with the same task as well."""

    exit_code = 71


class LedgerBusy(EstoversError):
    """Another process writes this corpus."""

    exit_code = 75


class AuditFailed(EstoversError):
    """A replayed decision differs from the recorded one."""

    exit_code = 1


class NothingAdmitted(EstoversError):
    """The build is done and its corpus has no document."""

    exit_code = 2


class SumsDiffer(EstoversError):
    """The stages of a build do not add up, so that its card would be untrue."""

    exit_code = 8


class CardIncomplete(EstoversError):
    """The card lacks what the manifest says it must have."""

    exit_code = 9


class ProofFault(EstoversError):
    """A proof does not show what it says; the message names the check that failed."""

    exit_code = 6


class SignatureFault(EstoversError):
    """An attestation is not what the holder of the key signed; the message says why."""

    exit_code = 7
