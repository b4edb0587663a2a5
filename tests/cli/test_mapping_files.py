"""Mapping files: another system needs no code, and an invalid mapping is refused with a reason."""

from pathlib import Path

import pytest

from cli.history import History, MappingInvalid, load_mapping, read_histories
from cli.history.mapping import SUPPLIED
from tests.data.log import row, write_log


def test_another_systems_mapping_is_a_file(tmp_path: Path) -> None:
    text = (SUPPLIED / "uci.toml").read_text()
    changed = text.replace('source = "uci"', 'source = "desk"').replace('"UTC"', '"Europe/Amsterdam"')
    own = tmp_path / "desk.toml"
    own.write_text(changed.replace('delimiter = ","', 'delimiter = ";"'))
    mapping = load_mapping(str(own))
    log = write_log(tmp_path / "log.csv", [row("A", "1/7/2016 10:00", "1/7/2016 11:00", "Active")], delimiter=";")
    (one,) = read_histories(log, mapping)
    assert isinstance(one, History)
    assert (mapping.source, one.document["registered_at"]) == ("desk", "2016-07-01T08:00:00Z")


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"recovered"', '"repaired"', "'repaired' is not one of registered"),
        ('"pending:supplier"', '"pending:weather"', "'pending:weather' is not one of"),
        ('team = "assignment_group"', 'squad = "assignment_group"', "cannot have squad, only impact"),
        ('key = "number"', "", "[columns] lacks key"),
        ("%d/%m/%Y %H:%M", "%d/%m %H:%M", "must have year, month, day, hour and minute"),
        ('"UTC"', '"Europe/Nowhere"', "zone 'Europe/Nowhere' is unknown"),
        ('"3 - Low" = "low"', '"3 - Low" = "lowest"', "'lowest' is not one of high, medium, low"),
        ('source = "uci"', "source = ", "not valid TOML"),
        ('source = "uci"', "", "source is missing"),
    ],
)
def test_a_mapping_that_cannot_be_followed_is_refused_in_words(tmp_path: Path, old: str, new: str, why: str) -> None:
    text = (SUPPLIED / "uci.toml").read_text()
    assert old in text
    (tmp_path / "own.toml").write_text(text.replace(old, new))
    with pytest.raises(MappingInvalid) as refused:
        load_mapping(str(tmp_path / "own.toml"))
    assert why in str(refused.value)


@pytest.mark.parametrize("name", ["unheard-of", "../mappings/uci", "missing.toml"])
def test_an_unknown_mapping_is_refused_by_name(name: str) -> None:
    with pytest.raises(MappingInvalid, match=name.replace(".", r"\.")):
        load_mapping(name)
