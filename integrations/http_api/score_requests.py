"""What may be asked about scores."""

from typing import Annotated

from pydantic import Field

from dialer.engine.scoring.scorer import ScorerName
from integrations.http_api.fields import WHOLE, Request


class Ranking(Request):
    by: Annotated[
        ScorerName,
        Field(strict=False, description="where it has no model or attributes yet, a simpler one serves, and says so"),
    ] = ScorerName.VALUE


class PilotStart(Request):
    sample: Annotated[float, Field(gt=0, le=1, description="share of each cell that is called first")] = 0.05
    floor: Annotated[float, Field(ge=0, le=1, description="share of later effort that is spread for learning")] = 0.1


class PilotMove(Request):
    calls: Annotated[int, Field(ge=1, le=1_000_000, description="leads to be put first"), WHOLE]
