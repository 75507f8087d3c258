"""Settings: read once from the environment, each documented in docs/settings.md (a test compares)."""

from datetime import time
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Self

from authlib.common.security import is_secure_transport
from isodate import parse_duration
from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an operator may set. Every name is an environment variable, `PROCESS_SERVER_` before it unless aliased."""

    model_config = SettingsConfigDict(env_prefix="PROCESS_SERVER_", populate_by_name=True)

    database_url: Annotated[str, Field(alias="DATABASE_URL")] = ""
    broker_url: Annotated[str, Field(alias="BROKER_URL")] = ""
    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)] = 8000
    demo: bool = True
    time_zone: str = "Asia/Shanghai"
    language: str = "zh-CN"
    base_url: str = ""
    cookie_secure: bool = False
    analyst_group: str = "analyst"
    administrator_group: str = ""
    password_sign_in: bool = True
    emergency_user: str = ""
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = "SSO"
    oidc_scopes: str = "openid profile email"
    oidc_create_accounts: bool = False
    oidc_login_claim: str = "preferred_username"
    oidc_name_claim: str = "name"
    oidc_email_claim: str = "email"
    oidc_department_claim: str = ""
    oidc_groups_claim: str = ""
    oidc_groups: dict[str, str] = {}
    oidc_admin_group: str = ""
    user_limit: str = "60000/minute"
    address_limit: str = "120000/minute"
    clock_file: Path | None = None
    smtp_url: str = ""
    mail_from: str = "process-server@localhost"
    gateways: dict[str, str] = {}
    private_hosts: str = ""
    offered_limit: str = "P1D"
    notification_days: int = 90
    history_cleaning: str = ""
    audit_days: int = 0
    unsent_file_days: int = 30
    processes: Path = Path("processes")
    max_upload: int = 25 * 1024 * 1024
    scan_command: str = ""
    max_public_upload: int = 10 * 1024 * 1024
    max_model: int = 5 * 1024 * 1024
    pool_size: int = 20
    api_processes: int = 1
    worker_processes: int = 2
    max_steps: int = 20_000
    max_seconds: float = 20.0
    max_tokens: int = 10_000
    max_instances: int = 2_000
    max_call_depth: int = 50
    max_variables: int = 4 * 1024 * 1024
    job_retries: int = 3
    job_lock: int = 300
    message_buffer: int = 0
    embed_origins: str = ""
    remind_every: int = 3600
    mail_link_hours: int = 72
    undo_within: int = 60
    max_bulk: int = 200
    max_export: int = 50_000

    @field_validator("oidc_issuer")
    @classmethod
    def is_safe(cls, issuer: str) -> str:
        """Take a provider that is reached over HTTPS, or on this machine."""
        if issuer and not is_secure_transport(issuer):
            raise ValueError("the provider needs an address that begins with https://")
        return issuer

    @field_validator("user_limit", "address_limit")
    @classmethod
    def is_rate(cls, text: str) -> str:
        """Take how many in which time, or nothing."""
        if text:
            import limits  # takes a tenth of a second: only who sets one waits for it

            limits.parse(text)
        return text

    @property
    def over_https(self) -> bool:
        """Say whether people reach the server over HTTPS."""
        return self.base_url.startswith("https://")

    @model_validator(mode="after")
    def cookies_stay_on_https(self) -> Self:
        """Send cookies over HTTPS only where people come by it, unless something else was set."""
        if "cookie_secure" not in self.model_fields_set:
            self.cookie_secure = self.over_https
        return self

    @model_validator(mode="after")
    def somebody_can_sign_in(self) -> Self:
        """Take no settings by which nobody could sign in on the pages."""
        if not self.password_sign_in and not self.oidc_issuer:
            raise ValueError("PROCESS_SERVER_PASSWORD_SIGN_IN=false needs PROCESS_SERVER_OIDC_ISSUER")
        if self.oidc_issuer and not self.oidc_client_id:
            raise ValueError("PROCESS_SERVER_OIDC_ISSUER needs PROCESS_SERVER_OIDC_CLIENT_ID")
        return self

    @field_validator("offered_limit")
    @classmethod
    def is_duration(cls, text: str) -> str:
        """Take a duration, or nothing."""
        if text:
            parse_duration(text)
        return text

    @field_validator("history_cleaning")
    @classmethod
    def is_window(cls, text: str) -> str:
        """Take a window of the day, or nothing."""
        if text:
            begins, ends = (time.fromisoformat(part) for part in text.split("-"))
            if begins == ends:
                raise ValueError("a window such as 01:00-05:00 has two different ends")
        return text

    @field_validator("gateways")
    @classmethod
    def are_channels(cls, gateways: dict[str, str]) -> dict[str, str]:
        """Take gateways by names that are no channels of the server's own."""
        for name, url in gateways.items():
            if not name.isidentifier() or name in ("app", "mail", "digest"):
                raise ValueError(f"{name} cannot name a gateway")
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"the gateway {name} needs an address: https://..")
        return gateways

    @field_validator("database_url")
    @classmethod
    def names_postgresql(cls, url: str) -> str:
        """Take an address as hosting providers write it, and name the driver."""
        if not url:
            return url
        scheme, _, rest = url.partition("://")
        if scheme not in ("postgres", "postgresql", "postgresql+psycopg2"):
            raise ValueError("only PostgreSQL is supported: postgresql://user:password@host/database")
        return f"postgresql+psycopg2://{rest}"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process."""
    return Settings()
