"""Tokens: who gets which, and what they say."""

from tests.governance.conftest import ask, sign_in
from tests.world import World


async def test_a_name_and_password_give_tokens_that_open_routes(issuing: World) -> None:
    tokens = await sign_in(issuing)
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 1800)
    answer = await issuing.as_(tokens["access_token"]).get("/governance/v1/me")
    assert answer.status_code == 200, answer.text
    me = answer.json()
    assert (me["username"], me["party_name"]) == ("admin", "Own organisation")
    assert me["roles"] == [{"role": "administrator", "scope": None}]
