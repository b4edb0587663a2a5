"""The public keys and the metadata of the issuer, at the addresses of OpenID Connect."""

from fastapi import Response

from services.governance.signing_keys.commands import published_keys
from services.governance.signing_keys.rules import ALGORITHM
from services.governance.signing_keys.schemas import Discovery, Keys
from services.governance.tokens.rules import CLAIMS, GRANTS
from shared.http import OpenWork
from shared.http import router as strict

router = strict(prefix="/.well-known", tags=["tokens"])


@router.get("/jwks.json")
async def read_keys(response: Response, work: OpenWork) -> Keys:
    """The public keys of this issuer, the next one included."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return Keys(keys=await published_keys(work))


@router.get("/openid-configuration")
async def read_discovery(response: Response, work: OpenWork) -> Discovery:
    """The addresses and abilities of this issuer."""
    response.headers["Cache-Control"] = "public, max-age=60"
    here = f"{work.config.address}/governance"
    return Discovery(
        issuer=work.config.token_issuer,
        token_endpoint=f"{here}/v1/token",
        jwks_uri=f"{here}/.well-known/jwks.json",
        grant_types_supported=list(GRANTS),
        response_types_supported=[],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=[ALGORITHM],
        token_endpoint_auth_methods_supported=["none", "client_secret_basic", "client_secret_post"],
        claims_supported=list(CLAIMS),
    )
