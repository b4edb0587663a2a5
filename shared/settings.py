"""Every setting, with its default and meaning: read once from the environment (`ZEVEN_…`), listed in docs/operations.md."""

import os
from functools import cache, cached_property
from pathlib import Path
from urllib.parse import quote

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from embedded_postgres import data_folder


class Settings(BaseSettings):
    """The environment of one process; a wrong value stops the start with the variable's name."""

    model_config = SettingsConfigDict(env_prefix="ZEVEN_", frozen=True, hide_input_in_errors=True)

    data: Path | None = Field(
        None, description="Folder of the embedded database and of generated secrets; ./data when absent."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8080, ge=1, le=65535, description="Port to listen on.")
    public_url: str | None = Field(
        None, description="Where people reach the platform; http://127.0.0.1:<port> when absent."
    )
    database_url: str | None = Field(
        None,
        description="PostgreSQL by URL, with {service} and {password} filled in per service; the embedded PostgreSQL when absent.",
    )
    database_password: SecretStr | None = Field(
        None, description="What {password} stands for in ZEVEN_DATABASE_URL, unless a service has its own."
    )
    migration_database_url: str | None = Field(
        None,
        description="The same databases by the login that owns the tables; migrations need it, services at work do not.",
    )
    migration_database_password: SecretStr | None = Field(
        None, description="What {password} stands for in ZEVEN_MIGRATION_DATABASE_URL, unless a service has its own."
    )
    database_pool: int = Field(10, ge=2, le=100, description="Connections that a service keeps at most.")
    bus_url: str = Field("memory:", description="memory: (in process) or amqp://user:password@host/ (RabbitMQ).")
    issuer: str | None = Field(None, description="Issuer of the tokens; <public URL>/governance when absent.")
    jwks_url: str | None = Field(
        None, description="Where the issuer's keys are read; <issuer>/.well-known/jwks.json when absent."
    )
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
    close_after_days: float = Field(
        5, gt=0, le=365, description="Days after recovery when an undisputed incident closes."
    )
    token_minutes: int = Field(30, ge=1, le=1440, description="Life of an access token.")
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line that is written."
    )
    log_format: str = Field(
        "auto", pattern="^(auto|json|text)$", description="json, text, or auto: text on a terminal."
    )
    otel: bool = Field(
        False, description="Send traces with OpenTelemetry (OTEL_… variables say where to); needs the extra otel."
    )

    @cached_property
    def folder(self) -> Path:
        """The data folder really used, absolute: the one set, else ./data, else one that the embedded server can reach."""
        if self.data is not None or self.database_url is not None:
            return (self.data or Path("data")).absolute()
        return data_folder(None, Path("data"))

    @property
    def address(self) -> str:
        """The platform's public URL without a slash at its end."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    @property
    def token_issuer(self) -> str:
        """What tokens must name as their issuer."""
        return self.issuer or f"{self.address}/governance"

    @property
    def keys_url(self) -> str:
        """Where the issuer's public keys are."""
        return self.jwks_url or f"{self.token_issuer}/.well-known/jwks.json"

    @property
    def in_memory(self) -> bool:
        """Whether events stay in this process."""
        return self.bus_url.startswith("memory:")

    def url_of(self, service: str) -> str:
        """The database of `service` by its own login; ZEVEN_DATABASE_PASSWORD_<SERVICE> goes before ZEVEN_DATABASE_PASSWORD."""
        if self.database_url is None:
            raise LookupError("no ZEVEN_DATABASE_URL: the embedded database gives its own URLs")
        return _filled(self.database_url, service, "DATABASE", self.database_password)

    def owner_url_of(self, service: str) -> str:
        """The database of `service` by the login that owns its tables; `WrongSetting` when nothing names it."""
        if self.migration_database_url is None:
            raise WrongSetting(
                "Migrations need ZEVEN_MIGRATION_DATABASE_URL beside ZEVEN_DATABASE_URL: the same databases by the login that "
                "owns the tables, which is another one than the services have."
            )
        return _filled(self.migration_database_url, service, "MIGRATION_DATABASE", self.migration_database_password)


def _filled(template: str, service: str, kind: str, password: SecretStr | None) -> str:
    own = os.environ.get(f"ZEVEN_{kind}_PASSWORD_{service.upper()}")
    given = own or (password.get_secret_value() if password else "")
    return template.format(service=service, password=quote(given, safe=""))


#: settings with one variable for each service, read where they are needed: what stands behind which field
PER_SERVICE = {
    "database_password": "The same for one service, e.g. ZEVEN_DATABASE_PASSWORD_SERVICE_LEVEL; for a process that runs several.",
    "migration_database_password": "The same for one service's database.",
}


class WrongSetting(Exception):
    """A variable has a value that it cannot have; the message names it and what it may be, not what it was."""


@cache
def settings() -> Settings:
    """This process' settings; raises `WrongSetting`."""
    try:
        return Settings()
    except ValidationError as error:
        wrong = "; ".join(f"ZEVEN_{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors())
        raise WrongSetting(f"The environment does not fit: {wrong}.") from None


def as_markdown() -> str:
    """The table of all settings in docs/operations.md: name, default, meaning."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "" if field.default is None else f"`{field.default}`"
        meaning = (field.description or "").replace("<", "&lt;")
        rows.append(f"| `ZEVEN_{name.upper()}` | {default} | {meaning} |")
        if name in PER_SERVICE:
            rows.append(f"| `ZEVEN_{name.upper()}_<SERVICE>` |  | {PER_SERVICE[name]} |")
    return "\n".join([*rows, ""])
