"""Where `zeven` looks for the platform and for credentials, and that it renews an expiring token."""

from pathlib import Path

import pytest

from cli import credentials
from embedded_postgres import folders
from tests.cli.pretended import PASSWORD, URL, Pretended, problem


def token(platform: Pretended) -> tuple[int, str, str]:
    result = platform.zeven("token")
    return result.exit_code, result.stdout.strip(), " ".join(result.stderr.split())


def test_token_prints_nothing_but_the_token(platform: Pretended) -> None:
    assert token(platform) == (0, "token-1", "")


def test_a_given_token_is_used_as_it_is(platform: Pretended, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_TOKEN", "given")
    assert token(platform) == (0, "given", "")
    assert platform.requests == []


def test_a_given_token_that_has_expired_is_said_to_have(platform: Pretended, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_TOKEN", "old")
    result = platform.zeven("dead-letters", "list")
    assert (result.exit_code, "ZEVEN_TOKEN is not accepted" in result.stderr) == (1, True)


def test_a_wrong_password_is_told_with_the_place_it_came_from(
    platform: Pretended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZEVEN_PASSWORD", "wrong")
    code, output, complaint = token(platform)
    assert (code, output) == (1, "")
    assert "does not accept the password of admin from ZEVEN_PASSWORD" in complaint
    assert "wrong " not in complaint


@pytest.mark.parametrize("refresh_works", [True, False])
def test_a_token_is_renewed_before_it_ends(
    platform: Pretended, monkeypatch: pytest.MonkeyPatch, refresh_works: bool
) -> None:
    platform.token_life, platform.refresh_works = 10, refresh_works
    platform.backlog = [1] * 200
    monkeypatch.setattr("cli.importing.completion.POLL_SECONDS", 1.0)
    file = Path("history.csv")
    assert platform.zeven("demo-data", "--incidents", "3", "--out", str(file)).exit_code == 0
    assert platform.zeven("import", "incidents", str(file), "--mapping", "uci").exit_code == 0
    assert platform.tokens > 5


def test_a_token_that_the_platform_forgot_is_asked_for_again(platform: Pretended) -> None:
    def forget(request: object) -> None:
        if len(platform.requests) == 9:
            platform.valid = set()

    platform.interrupt = forget
    assert platform.zeven("dead-letters", "list").exit_code == 0
    assert platform.tokens == 2


def test_a_refusal_to_sign_anybody_in_is_told(platform: Pretended) -> None:
    platform.interrupt = lambda request: problem(429, "Too many attempts; wait a minute.")
    code, _, complaint = token(platform)
    assert code == 1
    assert "/governance/v1/token answers 429. Too many attempts; wait a minute." in complaint


def test_without_credentials_the_places_are_named(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, _, complaint = token(Pretended())
    assert code == 1
    assert "set ZEVEN_PASSWORD" in complaint
    assert str(bare / "data" / "admin-password") in complaint
    monkeypatch.setenv("ZEVEN_USERNAME", "somebody")
    assert "somebody" in token(Pretended())[2]


def test_the_password_is_found_where_the_platform_keeps_it(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = bare / "elsewhere"
    for folder in (bare / "data", credentials.PROJECT / "data", other):
        folder.mkdir(parents=True)
    (credentials.PROJECT / "data" / "admin-password").write_text(f"{PASSWORD}\n")
    assert credentials.identity().password == PASSWORD
    (bare / "data" / "admin-password").write_text("from the working folder")
    assert credentials.identity().password == "from the working folder"
    (other / "admin-password").write_text("from ZEVEN_DATA")
    monkeypatch.setenv("ZEVEN_DATA", str(other))
    assert credentials.identity().password == "from ZEVEN_DATA"
    monkeypatch.setenv("ZEVEN_USERNAME", "somebody")
    with pytest.raises(credentials.Unable):
        credentials.identity()


def test_the_password_is_found_in_the_folder_that_root_moved_to(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "SYSTEM_FOLDER", credentials.SYSTEM_FOLDER)
    monkeypatch.setattr(folders, "server_account", lambda _: type("Account", (), {"name": "nobody"}))
    monkeypatch.setattr(folders, "_closed", lambda *_: bare)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    moved = folders.data_folder(None, bare / "data")
    moved.mkdir(parents=True)
    (moved / "admin-password").write_text(PASSWORD)
    assert credentials.identity() == credentials.Identity(str(moved / "admin-password"), password=PASSWORD)


def test_the_password_set_at_the_first_start_is_good_too(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEVEN_ADMIN_PASSWORD", PASSWORD)
    assert credentials.identity().password == PASSWORD


def test_the_address_comes_from_the_option_the_url_or_the_port(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert credentials.address() == "http://127.0.0.1:8080"
    monkeypatch.setenv("ZEVEN_PORT", "9000")
    assert credentials.address() == "http://127.0.0.1:9000"
    monkeypatch.setenv("ZEVEN_URL", f"{URL}/")
    assert credentials.address() == URL
    assert credentials.address("https://other.example") == "https://other.example"


@pytest.mark.parametrize("wrong", ["zeven.example", "ftp://zeven.example", "http://", "http://zeven.example:port"])
def test_what_is_no_address_is_refused(platform: Pretended, wrong: str) -> None:
    result = platform.zeven("status", "--url", wrong)
    assert (result.exit_code, "is not the address of a platform" in result.stderr) == (1, True)
