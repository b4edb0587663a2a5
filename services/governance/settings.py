"""The settings of governance, besides those of every process."""

from pydantic import Field, SecretStr

from shared.settings import Settings


class GovernanceSettings(Settings):
    """Tokens, and the secrets of a fresh platform."""

    admin_password: SecretStr | None = Field(
        None,
        min_length=12,
        description="Password of the person admin at the first start; generated into <data>/admin-password when absent.",
    )
    secret: SecretStr | None = Field(
        None,
        min_length=32,
        description="Key that encrypts signing keys at rest; generated into <data>/secret when absent.",
    )
    token_minutes: int = Field(30, ge=1, le=1440, description="Life of an access token.")
