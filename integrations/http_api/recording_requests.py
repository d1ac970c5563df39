"""What is asked about recordings."""

from pydantic import Field

from integrations.http_api.fields import Reason, Request


class RecordingReason(Request):
    why: Reason


class ExpiryOrder(Request):
    delete: bool = Field(False, description="do it; without, it is only said what would be deleted")
