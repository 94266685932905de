"""Names of licenses: read by their parts, in the languages they are met in."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.license import expression, names

HOST = "https://creativecommons.org"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("nothing", []),
        ("our attribution of this painting", []),
        ("the non-commercial sector grew by 3.0 per cent", []),
        ("under CC BY 4.0", ["CC-BY-4.0"]),
        ("cc-by-nc-sa-3.0", ["CC-BY-NC-SA-3.0"]),
        ("CC BY-SA-NC 4.0", ["CC-BY-NC-SA-4.0"]),
        ("CC BY-SA 3.0 DE", ["CC-BY-SA-3.0-DE"]),
        ("CC BY 3.0 de la casa", ["CC-BY-3.0"]),
        ("CC 3.0 BY", ["CC-BY-3.0"]),
        ("CC BY", [None]),
        ("CC0", ["CC0-1.0"]),
        ("CC0 1.0 Universal", ["CC0-1.0"]),
        ("Public Domain Mark 1.0", ["CC-PDM-1.0"]),
        (f"({HOST}/licenses/by/4.0/).", ["CC-BY-4.0"]),
        ("creativecommons.org/licenses/by-nc/4.0", ["CC-BY-NC-4.0"]),
        ("Attribution 4.0 International", ["CC-BY-4.0"]),
        ("Creative Commons Attribution-ShareAlike 4.0 International", ["CC-BY-SA-4.0"]),
        ("Creative Commons Attribution 3.0 Unported", ["CC-BY-3.0"]),
        ("Creative Commons Attribution 3.0 United States", ["CC-BY-3.0-US"]),
        ("Creative Commons Attribution 3.0", [None]),
        ("Creative Commons Namensnennung 4.0 International Lizenz", ["CC-BY-4.0"]),
        ("Creative Commons Namensnennung 3.0 Deutschland", ["CC-BY-3.0-DE"]),
        ("Creative Commons Paternité 2.0 France", ["LicenseRef-CC-BY-2.0-FR"]),
        (
            "Licence Creative Commons Attribution - Pas d’Utilisation Commerciale 4.0",
            ["CC-BY-NC-4.0"],
        ),
        ("Creative Commons Reconocimiento-CompartirIgual 4.0", ["CC-BY-SA-4.0"]),
        ("Creative Commons Atribuição-SemDerivações 4.0", ["CC-BY-ND-4.0"]),
        (
            "Creative Commons Attribuzione - Condividi allo stesso modo 4.0",
            ["CC-BY-SA-4.0"],
        ),
        ("Creative Commons Naamsvermelding-GelijkDelen 4.0", ["CC-BY-SA-4.0"]),
        ("Creative Commons Uznanie autorstwa 4.0", ["CC-BY-4.0"]),
        ("Creative Commons «Attribution» («Атрибуция») 4.0 Всемирная", ["CC-BY-4.0"]),
        ("知识共享署名-非商业 4.0 国际许可协议", ["CC-BY-NC-4.0"]),
        ("創用 CC 姓名標示-非商業性-相同方式分享 4.0 國際", ["CC-BY-NC-SA-4.0"]),
        ("クリエイティブ・コモンズ 表示 - 改変禁止 4.0 国際", ["CC-BY-ND-4.0"]),
        ("크리에이티브 커먼즈 저작자표시-비영리 4.0 국제", ["CC-BY-NC-4.0"]),
        ("Creative Commons", [None]),
        ("the Apache License, Version 2.0", ["Apache-2.0"]),
        ("MIT License", ["MIT"]),
        ("the 2-clause BSD license", ["BSD-2-Clause"]),
        ("Zero Clause BSD License", ["0BSD"]),
        ("the Open Government Licence v3.0", ["OGL-UK-3.0"]),
        ("Licence Ouverte 2.0", ["etalab-2.0"]),
        ("Datenlizenz Deutschland – Zero – Version 2.0", ["DL-DE-ZERO-2.0"]),
        ("the Open Database License", ["ODbL-1.0"]),
        ("Free Art License 1.3", ["LAL-1.3"]),
        ("GNU Free Documentation License, Version 1.2", ["GFDL-1.2-only"]),
        (
            (
                "GNU Free Documentation License, Version 1.3 or any later version; with no "
                "Invariant Sections"
            ),
            ["GFDL-1.3-no-invariants-or-later"],
        ),
        (
            (
                "GNU General Public License as published by the Free Software Foundation, "
                "either version 2 of the License, or (at your option) any later version"
            ),
            ["GPL-2.0-or-later"],
        ),
        ("CC BY 4.0 or CC BY-NC 4.0", ["CC-BY-4.0", "CC-BY-NC-4.0"]),
    ],
)
def test_names_in_words_are_read(text: str, expected: list[str | None]) -> None:
    assert [name.expression for name in names.find(text)] == expected


def test_a_name_without_a_version_still_says_what_it_asks() -> None:
    (name,) = names.find("CC BY-NC")

    assert (name.expression, name.asked) == (None, frozenset({"BY", "NC"}))


@pytest.mark.law
@given(
    st.lists(
        st.sampled_from(
            ["CC ", "BY", "-NC", " 4.0", " 3.0 DE", "Attribution", "Namensnennung", " - ",
             "Creative Commons ", "license ", "GPL v2", " or later", "署名", "\n", "x"]
        ),
        max_size=12,
    ).map("".join)
)  # fmt: skip
def test_names_stand_in_order_and_none_within_another(text: str) -> None:
    found = names.find(text)

    ends = [0, *(name.end for name in found)]
    assert all(end <= name.start < name.end for end, name in zip(ends, found, strict=False))
    assert all(
        name.expression is None or expression.parse(name.expression) == name.expression
        for name in found
    )


@pytest.mark.law
@pytest.mark.parametrize(
    "piece",
    [
        "creative commons ",
        "attribution - ",
        "by nc ",
        "GNU general public license ",
        "(",
        "CC ",
        "Attribution 4.0 ",
        "open government licence ",
        "//creativecommons.org/",
        "署名",
    ],
)
def test_the_time_of_a_text_is_linear_in_its_length(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        started = time.process_time()
        names.find(text)
        return time.process_time() - started

    seconds(1000)

    # Sixteen times the text in less than sixty times the time: a square would take 256.
    assert seconds(160_000) < 60 * max(seconds(10_000), 0.001)
