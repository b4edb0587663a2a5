"""What the world may know of the issuer, where it looks for it."""

from typing import Annotated

from fastapi import Depends, Response

from services.governance.api.tokens import working
from services.governance.commands.keys import published_keys
from services.governance.domain.sealing import ALGORITHM
from services.governance.schemas.tokens import GRANTS, Discovery, Keys
from shared.http import router as strict
from shared.http.callers import OpenToAnyone
from shared.unit_of_work import Work

router = strict(prefix="/.well-known", tags=["tokens"], dependencies=[Depends(OpenToAnyone())])
Working = Annotated[Work, Depends(working)]


@router.get("/jwks.json")
async def read_keys(response: Response, work: Working) -> Keys:
    """The public keys of this issuer, also of the key that comes next."""
    response.headers["Cache-Control"] = "public, max-age=60"
    return Keys(keys=await published_keys(work))


@router.get("/openid-configuration")
async def read_discovery(response: Response, work: Working) -> Discovery:
    """What this issuer can do, and where."""
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
        claims_supported=["iss", "aud", "sub", "kind", "name", "party", "teams", "roles", "iat", "nbf", "exp", "jti"],
    )
