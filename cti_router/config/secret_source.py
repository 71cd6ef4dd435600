"""Where secrets come from."""

from typing import Self

from pydantic import Field, model_validator

from cti_router.config.entry import Entry
from cti_router.config.fields import Label, Variable, wrong


class SecretSource(Entry):
    """Where a secret comes from: never the YAML itself."""

    env: Variable | None = Field(
        default=None, description="The environment variable that holds it.", examples=["CTI_DSN"]
    )
    file: Label | None = Field(
        default=None, description="The file that holds it, alone on one line.", examples=["/etc/cti-router/dsn"]
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.env is None) == (self.file is None):
            raise wrong("write either “env: VARIABLE” or “file: path”")
        return self
