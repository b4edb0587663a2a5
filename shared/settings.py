"""Every setting, with its default and meaning: read once from the environment (`ZEVEN_…`), listed in docs/operations.md."""

import os
from collections.abc import Iterable, Mapping
from functools import cached_property
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Self, TypeAlias
from urllib.parse import quote

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, create_model
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from embedded_postgres import data_folder
from shared import urls
from shared.contracts.defaults import ISSUER
from shared.version import commit_of_clone


def _listed(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _port_or_absent(value: object) -> object:
    # where a service is called `zeven`, Kubernetes and container links set this variable to an address such as tcp://10.0.0.1:80
    return DEFAULT_PORT if isinstance(value, str) and value.startswith(("tcp://", "udp://")) else value


DEFAULT_PORT = 8080
HttpUrl: TypeAlias = Annotated[str, AfterValidator(urls.http_url)]
DatabaseUrl: TypeAlias = Annotated[str, AfterValidator(urls.database_url)]
BusUrl: TypeAlias = Annotated[str, AfterValidator(urls.bus_url)]
#: addresses and networks, separated by commas
NetworkList: TypeAlias = Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, BeforeValidator(_listed)]


class Settings(BaseSettings):
    """The environment of one process; a wrong value stops the start with the variable's name.

    A service with settings of its own derives a class from this one and names it in its manifest.
    """

    model_config = SettingsConfigDict(
        env_prefix="ZEVEN_", env_ignore_empty=True, frozen=True, hide_input_in_errors=True
    )

    data: Path | None = Field(
        None, description="Folder of the embedded database and of generated secrets; ./data when absent."
    )
    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: Annotated[int, BeforeValidator(_port_or_absent)] = Field(
        DEFAULT_PORT,
        ge=1,
        le=65535,
        description="Port to listen on; an address that an orchestrator puts here is ignored.",
    )
    public_url: HttpUrl | None = Field(
        None, description="Where people reach the platform; http://127.0.0.1:<port> when absent."
    )
    trusted_proxies: NetworkList = Field(
        (),
        description="Addresses and networks (10.0.0.0/8, …) of the proxies whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed, separated by commas; none when absent, not even this machine.",
    )
    metrics_networks: NetworkList = Field(
        (),
        description="Addresses and networks that read /metrics and the details of /readyz without a token, besides this "
        "machine; a request that came through a proxy never counts as one of them.",
    )
    metrics_token: SecretStr | None = Field(
        None,
        min_length=16,
        description="Bearer token that reads /metrics and the details of /readyz from anywhere, for a Prometheus elsewhere.",
    )
    database_url: DatabaseUrl | None = Field(
        None,
        description="PostgreSQL by URL, with {service} and {password} filled in per service; the embedded PostgreSQL when absent.",
    )
    database_password: SecretStr | None = Field(
        None, description="The value of {password} in ZEVEN_DATABASE_URL, unless a service has its own."
    )
    migration_database_url: DatabaseUrl | None = Field(
        None,
        description="The same databases by the login that owns the tables; migrations need it, running services do not.",
    )
    migration_database_password: SecretStr | None = Field(
        None, description="The value of {password} in ZEVEN_MIGRATION_DATABASE_URL, unless a service has its own."
    )
    database_pool: int = Field(10, ge=2, le=100, description="Largest number of connections of a service.")
    services_url: HttpUrl | None = Field(
        None,
        description="Where services reach each other, with {service} filled in as in URLs; the public URL when absent.",
    )
    bus_url: BusUrl = Field(
        "memory:",
        description="memory: (in process) or RabbitMQ by URL (amqp://…), with {service} and {password} filled in per service.",
    )
    bus_password: SecretStr | None = Field(
        None, description="The value of {password} in ZEVEN_BUS_URL, unless a service has its own."
    )
    issuer: HttpUrl | None = Field(
        None,
        description="An OpenID Connect provider whose tokens are accepted beside those of governance, as its tokens name it.",
    )
    jwks_url: HttpUrl | None = Field(
        None, description="Where the provider's keys are read; where its discovery document says, when absent."
    )
    audience: str = Field(
        "zeven", min_length=1, description="The audience that tokens of the provider must name for this platform."
    )
    log_level: str = Field(
        "INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$", description="Least severe log line that is written."
    )
    log_format: str = Field(
        "auto", pattern="^(auto|json|text)$", description="json, text, or auto: text on a terminal."
    )
    security_log: str | None = Field(
        None, description="File that the security log is appended to; standard output when absent."
    )
    commit: str | None = Field(
        None,
        description="Commit that this code was built from, as /readyz shows it; in a clone git gives it when absent.",
    )
    drain_seconds: float = Field(
        0,
        ge=0,
        le=300,
        description="How long a process that is asked to end (SIGTERM) goes on answering while /livez and /readyz say 503, "
        "so that a proxy sends new requests elsewhere.",
    )
    otel: bool = Field(
        False, description="Send traces with OpenTelemetry (OTEL_… variables say where to); needs the extra otel."
    )

    @classmethod
    def of(cls, config: "Settings") -> Self:
        """`config` with the settings of this class; `TypeError` when the service's manifest does not name the class."""
        if not isinstance(config, cls):
            raise TypeError(f"{cls.__name__} is not the `settings` of any service in this process")
        return config

    @cached_property
    def folder(self) -> Path:
        """The absolute path of the data folder in use: the one set, else ./data, else one that the embedded server can reach."""
        if self.data is not None or self.database_url is not None:
            return (self.data or Path("data")).absolute()
        return data_folder(None, Path("data"))

    @property
    def build(self) -> str | None:
        """The commit that this code was built from, where it is known."""
        return self.commit or commit_of_clone()

    @property
    def address(self) -> str:
        """The platform's public URL without a slash at its end."""
        return (self.public_url or f"http://127.0.0.1:{self.port}").rstrip("/")

    def service_url(self, service: str) -> str:
        """Where other services reach `service`, with its prefix."""
        name = service.replace("_", "-")
        return f"{(self.services_url or self.address).replace('{service}', name).rstrip('/')}/{name}"

    @property
    def token_issuer(self) -> str:
        """How the platform's own tokens name their issuer."""
        return f"{self.address}/{ISSUER}"

    @property
    def provider(self) -> str | None:
        """The OpenID Connect provider beside the platform's own issuer, if there is one."""
        return self.issuer if self.issuer != self.token_issuer else None

    @property
    def own_keys_url(self) -> str:
        """Where the platform's own public keys are; ZEVEN_JWKS_URL may name them while no provider is set."""
        return self.jwks_url if self.jwks_url and not self.provider else self._governance_keys_url

    @property
    def provider_keys_url(self) -> str | None:
        """Where the provider's keys are, if the settings say so."""
        # where no provider was set, the variable named the keys of governance
        return self.jwks_url if self.jwks_url != self._governance_keys_url else None

    @property
    def _governance_keys_url(self) -> str:
        return f"{self.service_url(ISSUER)}/.well-known/jwks.json"

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

    def bus_url_of(self, service: str) -> str:
        """The URL of the bus for `service` (or for the migrator), with its password as for the database."""
        return _filled(self.bus_url, service, "BUS", self.bus_password)


def _filled(url: str, service: str, what: str, shared: SecretStr | None) -> str:
    own = secret(f"ZEVEN_{what}_PASSWORD_{service.upper()}")
    password = own or (shared.get_secret_value() if shared else "")
    return url.replace("{service}", service).replace("{password}", quote(password, safe=""))


#: settings that also have one variable for each service, read where they are needed, with their descriptions
PER_SERVICE = {
    "database_password": "The same for one service, e.g. ZEVEN_DATABASE_PASSWORD_SERVICE_LEVEL; for a process that runs several.",
    "bus_password": "The same for one service, or for the user `migrator` that declares the queues.",
    "migration_database_password": "The same for one service's database.",
}


#: settings that are secret or may hold a password, besides those of type `SecretStr`
_WITH_PASSWORD = ("database_url", "migration_database_url", "bus_url")


class WrongSetting(Exception):
    """A variable has a wrong value; the message names the variable and what it may be, not its value."""


def secret(variable: str) -> str | None:
    """The value of a variable, or the content of the file that `<variable>_FILE` names; `WrongSetting` without that file."""
    value, path = os.environ.get(variable) or None, os.environ.get(f"{variable}_FILE")
    if not path:
        return value
    if value:
        raise WrongSetting(f"{variable} and {variable}_FILE are both set; leave one of them out.")
    try:
        text = Path(path).read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not a text"
        raise WrongSetting(f"{variable}_FILE: the file {path} cannot be read ({why}).") from None
    if not text:
        raise WrongSetting(f"{variable}_FILE: the file {path} is empty.")
    return text


def in_files(kind: type[Settings]) -> tuple[str, ...]:
    """The settings of this kind that a file may hold."""
    secrets = (name for name, field in kind.model_fields.items() if "SecretStr" in str(field.annotation))
    return (*secrets, *_WITH_PASSWORD)


def settings_of(kinds: Iterable[type[Settings]]) -> type[Settings]:
    """The settings of a process whose services bring these kinds of settings."""
    bases = tuple(kind for kind in dict.fromkeys(kinds) if kind is not Settings)
    return create_model("ProcessSettings", __base__=bases) if bases else Settings


def read(kinds: Iterable[type[Settings]] = ()) -> Settings:
    """The environment of this process, as one value of all these kinds; raises `WrongSetting`."""
    kind = settings_of(kinds)
    given = {name: value for name in in_files(kind) if (value := secret(f"ZEVEN_{name.upper()}")) is not None}
    try:
        return kind(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        wrong = "; ".join(
            f"ZEVEN_{str(each['loc'][0]).upper()}: {each['msg'].removeprefix('Value error, ')}"
            for each in error.errors()
        )
        raise WrongSetting(f"Wrong environment variables: {wrong}.") from None


def as_markdown(services: Mapping[str, type[Settings]]) -> str:
    """The table of all settings in docs/operations.md; `services` are the kinds that services bring, by service."""
    rows = ["| Variable | Default | Meaning | Read by |", "|---|---|---|---|"]
    shown = {"every process": Settings.model_fields}
    for service, kind in services.items():
        shown[service] = {name: each for name, each in kind.model_fields.items() if name not in Settings.model_fields}
    for reader, fields in shown.items():
        for name, field in fields.items():
            default = "" if field.default in (None, ()) else f"`{field.default}`"
            meaning = (field.description or "").replace("<", "&lt;")
            if name in _WITH_PASSWORD or "SecretStr" in str(field.annotation):
                meaning += f" Or `ZEVEN_{name.upper()}_FILE`: a file that holds it."
            rows.append(f"| `ZEVEN_{name.upper()}` | {default} | {meaning} | {reader} |")
            if name in PER_SERVICE:
                rows.append(f"| `ZEVEN_{name.upper()}_<SERVICE>` |  | {PER_SERVICE[name]} | every process |")
    return "\n".join([*rows, ""])
