"""``python -m bench.shared_web WEB OUT``: build over a labelled copy of real sites.

``WEB`` is a folder of hosts with a ``pages.csv`` that has the true license of each page
(columns host, path, true_licence). Seeds are all its pages. Prints by host what came of
them, and every page whose concluded license differs from its label. With a third argument,
``plain``, the manifest asserts no license for a site.
"""

import csv
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from urllib.parse import quote

import duckdb

_OPEN = re.compile(r"CC0|CC-PDM|CC-BY(-SA)?-\d")
_CLOSED = re.compile(r"NC|ND|unstated|none", re.IGNORECASE)

_MANIFEST = """\
name = "shared-web"
version = "1.0.0"
purpose = "To compare what is concluded of real sites with what they truly state."
intended_uses = ["Measuring."]
[curator]
name = "Bench"
url = "http://bench.example/about"
email = "bench@bench.example"
[[sources]]
url_list = "urls.txt"
[licenses]
allow = ["CC0-1.0", "CC-PDM-1.0", "CC-BY", "CC-BY-SA"]
[limits]
delay = 0
pages = 100000
pages_per_host = 100000
"""

# What somebody who read these pages would assert: where the license is stated and in which
# words. That a license is not allowed is no reason to leave it out.
_STATED = """
best-practice-and-impact.github.io/  intro.html  OGL-UK-3.0
The book uses an Open Government Licence which can be read on the National Archives
website: National Archives

christophm.github.io/  index.html  CC-BY-NC-SA-4.0
This book is licensed under the CC BY-NC-SA 4.0 license.

clauswilke.com/  index.html  CC-BY-NC-ND-4.0
This work is licensed under the Attribution-NonCommercial-NoDerivatives 4.0 International
License.

debian-handbook.info/en-US/  index.html  CC-BY-SA-3.0 OR GPL-2.0-or-later
This book is available under the terms of two licenses compatible with the Debian Free
Software Guidelines.

debian-handbook.info/id-ID/  index.html  CC-BY-SA-3.0 OR GPL-2.0-or-later
Buku ini dilisensikan di bawah Creative Commons Attribution-ShareAlike 3.0 Unported License.

diveintohtml5.info/  about.html  CC-BY-3.0
Dive Into HTML5 comprises original prose and graphics licensed under the CC-BY-3.0 license.

diveintopython3.net/  about.html  CC-BY-SA-3.0
Dive Into Python 3 comprises original prose and graphics licensed under the CC-BY-SA-3.0
license.

doi-usgs.github.io/  LICENSE.html  CC0-1.0
Additionally, we waive copyright and related rights in the work worldwide through the CC0
1.0 Universal public domain dedication.

www.postgresql.org/  legalnotice.html  PostgreSQL
Permission to use, copy, modify, and distribute this software and its documentation for any
purpose, without fee, and without a written agreement is hereby granted, provided that the
above copyright notice and this paragraph and the following two paragraphs appear in all
copies.

www.sqlite.org/  copyright.html  LicenseRef-public-domain
All of the code and documentation in SQLite has been dedicated to the public domain by the
authors.
"""


def main(web: str, out: str, stated: str = "stated") -> None:
    """Build, then print the comparison."""
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    truth = {_url(row): row["true_licence"] for row in _rows(Path(web))}
    (folder / "urls.txt").write_text("\n".join(truth), encoding="utf-8")
    manifest = folder / "shared-web.toml"
    statements = "" if stated == "plain" else _statements()
    manifest.write_text(_MANIFEST + statements, encoding="utf-8")
    command = [
        sys.executable, "-m", "pipeline.cli", "build", str(manifest), "--web", web,
        "--out", str(folder / "build"), "--json",
    ]  # fmt: skip
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    report = json.loads(result.stdout)
    print(report["pages"], f"{report['documents']} documents", report["seconds"])
    _compare(folder / "build", truth)


def _statements() -> str:
    tables = []
    for block in _STATED.strip().split("\n\n"):
        place, _, words = block.partition("\n")
        scope, page, license_ = place.split(maxsplit=2)
        tables.append(
            f"[[statements]]\nscope = [{json.dumps(f'http://{scope}')}]\n"
            f"license = {json.dumps(license_)}\nquote = {json.dumps(words)}\n"
            f"evidence_url = {json.dumps(f'http://{scope}{page}')}\n"
        )
    return "\n".join(tables)


def _rows(web: Path) -> list[dict[str, str]]:
    with (web / "pages.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _url(row: dict[str, str]) -> str:
    return f"http://{row['host']}/{quote(row['path'])}"


def _compare(build: Path, truth: dict[str, str]) -> None:
    connection = duckdb.connect(str(build / "corpus.duckdb"), read_only=True)
    rows = connection.execute(
        "SELECT o.url, o.outcome, o.reason, d.license FROM latest_outcomes o LEFT JOIN "
        "(SELECT url, license FROM decisions WHERE stage = 'usage' QUALIFY row_number() "
        "OVER (PARTITION BY url ORDER BY seq DESC) = 1) d ON d.url = o.url"
    ).fetchall()
    hosts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    differ: defaultdict[str, Counter[str]] = defaultdict(Counter)
    defects = []
    for url, outcome, reason, license_ in rows:
        host = url.split("/")[2]
        hosts[host][f"{outcome} {reason}" if outcome != "admitted" else outcome] += 1
        label = truth.get(url)
        if label is None:
            continue
        if (license_ or "none") not in label:
            differ[host][f"{label} -> {license_ or 'none'} ({outcome})"] += 1
        if outcome == "admitted" and not _OPEN.search(label):
            defects.append(f"{url}: {label} -> {license_}")
    for host, counts in sorted(hosts.items()):
        print(host, dict(counts.most_common()))
        for words, number in differ[host].most_common():
            print(f"    {number} x {words}")
    closed = [line for line in defects if _CLOSED.search(line)]
    print(
        f"{len(defects)} admitted whose label is not an open one, of them NC, ND, unstated:"
    )
    print(closed or "none")


if __name__ == "__main__":
    main(*sys.argv[1:4])
