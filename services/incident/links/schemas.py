"""Links as clients add them."""

from typing import Literal

from pydantic import ConfigDict

from shared.fields import Line, RequestModel


class AddLink(RequestModel):
    """A record of another system to link."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "supplier", "reference": "CASE-2231"}]})
    kind: Literal["problem", "rfc", "supplier", "caused_by", "duplicate_of", "configuration_item", "other"]
    reference: Line
