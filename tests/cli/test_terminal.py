"""Output on a terminal or in a file that cannot show every character."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json
from cli.follow import line
from cli.terminal import escape_what_cannot_be_shown, heading, say, table, warn
escape_what_cannot_be_shown()
event = {
    "data": {"number": "INC-000001", "title": "Caf\\u00e9 \\U0001f600 \\u2026"}, "time": "2026-01-01T00:00:00+00:00",
    "source": "incident", "type": "incident.taken.v1", "actor": {"id": "Ren\\u00e9"}, "correlationid": "c",
    "historical": False, "subject": "s",
}
say(json.dumps(event, ensure_ascii=False))
say(line(event))
rows = table("naam", "#aantal")
rows.add_row("Caf\\u00e9", "1")
say(rows, heading("\\u2026"))
warn("\\u2026")
"""


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "utf-8"])
def test_every_character_can_be_written_wherever_output_goes(encoding: str) -> None:
    environment = {"PYTHONIOENCODING": encoding, "PATH": ""}
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    first, second, *_ = done.stdout.decode(encoding).splitlines()
    assert json.loads(first)["data"]["title"] == "Café 😀 …", "JSON stays the same JSON"
    assert second.endswith("by Ren\\u00e9  c" if encoding == "ascii" else "by René  c")
