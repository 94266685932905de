"""The measurements measure what they say, and their report says what was measured."""

import sys
from collections import Counter
from pathlib import Path

import pytest

from bench import report, results, warc
from bench.judging import judged
from bench.measured import Spread, run, spread
from pipeline.filters import duplicate

on_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="costs are counted on Linux alone"
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> warc.Made:
    path = tmp_path_factory.mktemp("bench") / "made.warc.gz"
    return warc.write(path, pages=30, share=0.1, hosts=7)


def test_a_file_holds_as_many_admissible_pages_as_are_asked_for(made: warc.Made) -> None:
    verdicts = Counter(str(each.usage.verdict) for each in judged(made.path))

    assert verdicts == {"admit": 3, "refuse": 27}
    assert made.admissible == 3


def test_each_host_has_its_policy_files_in_the_file(made: warc.Made) -> None:
    found = list(warc.read(made.path))

    statuses = Counter((one.url.rpartition("/")[2], one.status) for one in found)
    assert statuses["robots.txt", 200] == 7
    assert statuses["tdmrep.json", 404] == 7
    assert statuses["ai.txt", 404] == 7
    assert len(found) == 30 + 3 * 7


def test_no_page_is_nearly_another_of_the_same_layout() -> None:
    template = warc.templates()[0]
    words = warc.words_of([template])
    texts = {
        str(n): warc.shown(warc.page(template, words, number=n, is_admissible=True))
        for n in range(4)
    }

    texts["same"] = texts["0"]

    prints = [duplicate.print_of(duplicate.Item(key=k, text=t)) for k, t in texts.items()]
    found = duplicate.resolve(prints, text_of=texts.__getitem__)

    assert found == {"same": "0"}


@on_linux
def test_a_cost_counts_what_outlives_the_command() -> None:
    loop = "import time\nwhile time.process_time() < 0.5: pass"
    parent = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {loop!r}])"

    cost = run([sys.executable, "-c", parent])

    assert cost.cpu >= 0.5


@on_linux
def test_a_failed_command_ends_the_measurement_with_what_it_said() -> None:
    with pytest.raises(SystemExit, match="no such thing"):
        run([sys.executable, "-c", "import sys; sys.exit('no such thing')"])


def test_an_aim_is_met_by_the_median() -> None:
    found = spread([0.9, 1.2, 1.1])

    assert found == Spread(median=1.1, least=0.9, most=1.2)
    assert results.aim("speed", least=1, found=found)["is_met"]
    assert not results.limit("memory", most=1, found=found)["is_met"]


def test_the_report_has_a_place_for_each_measurement() -> None:
    text = report.DOCUMENT.read_text(encoding="utf-8")

    assert sorted(name for _, name, _, _ in report.PART.findall(text)) == sorted(
        report.PARTS
    )


def test_the_report_replaces_its_tables_and_nothing_else() -> None:
    text = "Before.\n<!-- measured: aims -->\nOld.\n<!-- end -->\nAfter.\n"
    aim = results.aim("speed", least=8, found=spread([7.0, 7.5, 9.0]))

    written = report.written(text, {"tenth": {"aims": [aim]}})

    assert written == (
        "Before.\n<!-- measured: aims -->\n| What | Aim | Found | Spread |  |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| speed | ≥ 8 × | 7.5 × | 7 to 9 | **missed** |\n<!-- end -->\nAfter.\n"
    )


def test_the_peer_is_pinned_without_an_index_address() -> None:
    folder = Path(report.__file__).with_name("peer")
    constraints = (folder / "constraints.txt").read_text(encoding="utf-8")

    lines = [one for one in constraints.splitlines() if not one.startswith("#")]
    assert all("==" in one and "/" not in one for one in lines)
