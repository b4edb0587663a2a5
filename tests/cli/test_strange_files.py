"""Files as spreadsheets and desks export them: encodings, forms of text, times and headers that do no harm."""

import gzip
import re
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest

from cli.history import History, HistoryUnreadable, MappingInvalid, Skip, load_mapping, map_file, read_histories

DOCUMENT = Path(__file__).parents[2] / "docs" / "importing.md"
MAPPING = """
source = "desk"
missing = ["n/a"]
[time]
format = "%Y-%m-%d %H:%M"
[columns]
key = "number"
registered_at = "opened"
changed_at = "changed"
state = "état"
[values]
team = "team"
[states]
"Créé" = "registered"
"Fermé" = "closed"
"""
LOG = """number,opened,changed,état,team
A,2026-03-02 08:00,2026-03-02 09:00,Créé,Équipe
A,2026-03-02 08:00,2026-03-02 10:00,Fermé,Équipe
"""
STEPS = [{"at": "2026-03-02T10:00:00Z", "state": "closed"}]


def read(folder: Path, content: bytes | str, mapping: str = MAPPING) -> list[History | Skip]:
    (folder / "own.toml").write_text(mapping, "utf-8")
    (folder / "log.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_histories(folder / "log.csv", load_mapping(str(folder / "own.toml"))))


def document(folder: Path, content: bytes | str, mapping: str = MAPPING) -> dict[str, Any]:
    (one,) = read(folder, content, mapping)
    assert isinstance(one, History), one
    return one.document


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + LOG.encode(),
        LOG.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbfsep=,\r\n" + LOG.replace("\n", "\r\n").encode(),
        gzip.compress(LOG.encode()),
        normalize("NFD", LOG).encode(),
        LOG.replace("Créé", " Créé\u00a0").encode(),
        (LOG + ",,,,\n , ,,,\n").encode(),
        LOG.replace("\n", ",\n").encode(),
        LOG.replace("team\n", "team,,\n").encode(),
        LOG.replace("Équipe\n", "Équipe,,\n").encode(),
        LOG.replace("team\n", "team,,note,note,\n").replace("Équipe\n", "Équipe,x,y,z,\n").encode(),
        LOG.replace("number,", '"number",').encode(),
    ],
    ids=[
        "byte order mark",
        "CR LF",
        "Excel's delimiter line",
        "compressed",
        "decomposed letters",
        "spaces around a value",
        "rows without values",
        "a delimiter at every end",
        "blank header names without cells",
        "empty cells beyond the header",
        "blank and repeated header names",
        "quoted header",
    ],
)
def test_the_same_history_is_read(tmp_path: Path, content: bytes) -> None:
    found = document(tmp_path, content)
    assert (found["key"], found["registered_at"], found["values"], found["steps"]) == (
        "A",
        "2026-03-02T08:00:00Z",
        {"team": "Équipe"},
        STEPS,
    )


def test_a_mapping_with_decomposed_letters_or_a_byte_order_mark_is_the_same(tmp_path: Path) -> None:
    assert document(tmp_path, LOG, "\ufeff" + normalize("NFD", MAPPING)) == document(tmp_path, LOG)


@pytest.mark.parametrize(("name", "python"), [("windows-1252", "cp1252"), ("utf-16", "utf-16"), ("utf-8", "utf-8-sig")])
def test_another_encoding_is_named_in_the_mapping(tmp_path: Path, name: str, python: str) -> None:
    mapping = f'encoding = "{name}"\n{MAPPING}'
    assert document(tmp_path, LOG.encode(python), mapping) == document(tmp_path, LOG)


def test_a_file_in_another_encoding_than_its_mapping_says_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryUnreadable, match=r"line 1: the text is not utf-16 .* save it as UTF-8"):
        read(tmp_path, LOG, f'encoding = "utf-16"\n{MAPPING}')
    with pytest.raises(HistoryUnreadable, match=r"not UTF-8 .* or name its encoding in the mapping"):
        read(tmp_path, LOG.encode("cp1252"))


def test_semicolons_and_quoted_line_breaks_are_read(tmp_path: Path) -> None:
    log = LOG.replace(",", ";").replace("Équipe\n", '"Équipe"\n', 1)
    assert document(tmp_path, log, f'delimiter = ";"\n{MAPPING}')["steps"] == STEPS
    mapping = MAPPING.replace("[values]", '[values]\ndescription = "text"')
    log = 'number,opened,changed,état,team,text\nA,2026-03-02 08:00,2026-03-02 09:00,Créé,T,"one\r\ntwo"\n'
    assert document(tmp_path, log, mapping)["values"]["description"] == "one\ntwo"


@pytest.mark.parametrize(
    ("form", "zone", "text"),
    [
        ('"iso"', "UTC", "2026-03-02T09:00:00Z"),
        ('"iso"', "UTC", "2026-03-02 10:00:00.250000+01:00"),
        ('"iso"', "Europe/Amsterdam", "2026-03-02T10:00"),
        ('"excel"', "UTC", "46083.375"),
        ('"excel"', "Europe/Amsterdam", "46083,4166666667"),
        ('["%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M"]', "UTC", "02.03.2026 09:00"),
        ('"%m/%d/%Y %I:%M %p"', "UTC", "03/02/2026 09:00 AM"),
        ('"%Y-%m-%d %H:%M %z"', "Europe/Amsterdam", "2026-03-02 09:00 +0000"),
    ],
)
def test_times_are_read_in_many_forms(tmp_path: Path, form: str, zone: str, text: str) -> None:
    mapping = MAPPING.replace('format = "%Y-%m-%d %H:%M"', f'format = {form}\nzone = "{zone}"')
    cell = f'"{text}"'
    found = document(tmp_path, f"number,opened,changed,état,team\nA,{cell},{cell},Fermé,T\n", mapping)
    assert found["registered_at"][:19] == "2026-03-02T09:00:00"


@pytest.mark.parametrize(
    ("form", "text", "why"),
    [
        ("iso", "2026-03-02", "is not a time of the form iso"),
        ("iso", "46083.375", "is not a time of the form iso; if it is a day number of Excel"),
        ("excel", "2958465", "is not a time of the form excel"),
        ("excel", "999999", "is not a time between the years 1970 and 2"),
        ("excel", "-1", "is not a time of the form excel"),
        ("iso", "0001-01-01T00:00:00+10:00", "is not a time between the years 1970 and 2"),
        ("iso", "9999-12-31T23:59:59-10:00", "is not a time between the years 1970 and 2"),
        ("%Y-%m-%d %H:%M", "2026-03-02 25:00", "is not a time of the form %Y-%m-%d %H:%M"),
    ],
)
def test_what_is_no_time_is_refused_with_its_line_and_column(tmp_path: Path, form: str, text: str, why: str) -> None:
    mapping = MAPPING.replace("%Y-%m-%d %H:%M", form)
    (skip,) = read(tmp_path, f"number,opened,changed,état,team\nA,{text},{text},Fermé,T\n", mapping)
    assert isinstance(skip, Skip)
    assert skip.line == 2
    assert skip.why.startswith(f"opened {text!r} {why}")


def test_a_log_with_one_column_of_times_names_it_once(tmp_path: Path) -> None:
    log = "number,at,état\nA,2026-03-02 10:00,Fermé\nA,2026-03-02 08:00,Créé\n"
    for name in ("registered_at", "changed_at"):
        columns = f'[columns]\nkey = "number"\n{name} = "at"\nstate = "état"\n'
        mapping = re.sub(r"\[columns\].*(?=\[states\])", columns, MAPPING, flags=re.DOTALL)
        found = document(tmp_path, log, mapping)
        assert (found["registered_at"], found["steps"]) == ("2026-03-02T08:00:00Z", STEPS)


def test_a_column_that_the_mapping_reads_may_not_be_there_twice(tmp_path: Path) -> None:
    with pytest.raises(HistoryUnreadable, match="line 1: the header names a column twice: team"):
        read(tmp_path, LOG.replace("team\n", "team,team\n"))


def test_every_value_that_the_mapping_lacks_is_known_at_once(tmp_path: Path) -> None:
    rows = "".join(f"{key},2026-03-02 08:00,2026-03-02 09:00,{state},T\n" for key, state in enumerate("xyzzy"))
    read(tmp_path, f"number,opened,changed,état,team\n{rows}")
    with map_file(tmp_path / "log.csv", load_mapping(str(tmp_path / "own.toml"))) as found:
        assert sorted(found.unmapped) == [("état", "x", 1), ("état", "y", 2), ("état", "z", 2)]
        assert found.unmapped[0][2] == 2


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("source", 'encoding = "morse"\nsource', "encoding 'morse' is unknown"),
        ("source", 'encoding = "rot13"\nsource', "encoding 'rot13' is unknown"),
        ('"%Y-%m-%d %H:%M"', "[]", "[time] lacks format"),
        ('"%Y-%m-%d %H:%M"', '["iso", "%Y-%m-%d"]', "'%Y-%m-%d' must have year, month, day, hour and minute"),
        ('registered_at = "opened"\nchanged_at = "changed"\n', "", "[columns] lacks registered_at"),
        ('state = "état"', "", "[columns] lacks state"),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_refused_in_words(tmp_path: Path, old: str, new: str, why: str) -> None:
    assert old in MAPPING
    (tmp_path / "own.toml").write_text(MAPPING.replace(old, new, 1), "utf-8")
    with pytest.raises(MappingInvalid) as refused:
        load_mapping(str(tmp_path / "own.toml"))
    assert why in str(refused.value)


def test_the_mappings_in_the_documentation_are_valid(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", DOCUMENT.read_text("utf-8"), re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        (tmp_path / "own.toml").write_text(block, "utf-8")
        load_mapping(str(tmp_path / "own.toml"))
    assert load_mapping(str(tmp_path / "own.toml")).moments
