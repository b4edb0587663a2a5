"""What the issuer publishes about itself."""

from typing import Any

from shared.fields import ResponseModel


class Keys(ResponseModel):
    """JSON Web Key Set (RFC 7517): what verifies tokens of this issuer."""

    keys: list[dict[str, Any]]


class Discovery(ResponseModel):
    """The metadata of the issuer, as OpenID Connect Discovery defines it."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    grant_types_supported: list[str]
    response_types_supported: list[str]
    subject_types_supported: list[str]
    id_token_signing_alg_values_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    claims_supported: list[str]
