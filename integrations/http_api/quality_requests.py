"""What may be asked about quality sampling and the library of cases."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from dialer.domain.outcome import Disposition
from integrations.http_api.fields import WHOLE, AttemptNumber, Limit, Line, Moment, Reason, Request, RowId
from integrations.http_api.trigger_requests import Day

_ItemId = Annotated[str, Field(max_length=63)]
_Points = Annotated[int, Field(ge=0, le=100), WHOLE]
ReviewerName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$", description="the name of a token")]
Tag = Annotated[
    str,
    Field(pattern=r"^[\p{L}\p{N}_]{1,40}$", description="letters, digits and _; kept small", examples=["opening"]),
    AfterValidator(str.lower),
]
_Given = Annotated[
    dict[_ItemId, _Points | None],
    Field(max_length=100, description="points of each item of the form; null: it did not apply to this call"),
]
_Heard = Annotated[
    Disposition | None, Field(description="how the call was closed, as you heard it; null: it can't be told")
]


class NewDraw(Request):
    week: Annotated[Day, Field(description="its Monday; the week must be over")]
    seed: Annotated[
        str | None, Field(min_length=1, max_length=64, pattern="^[!-~]+$", description="null: one is made up")
    ] = None
    dry_run: Annotated[bool, Field(description="only say how many would be drawn of whom")] = False


class PeriodQuery(Request):
    begin: Annotated[Day | None, Field(description="the first week, by its Monday")] = None
    end: Annotated[Day | None, Field(description="the last week")] = None


class AssignmentQuery(Request):
    reviewer: Annotated[ReviewerName | None, Field(description="whose; left out: your own")] = None
    after: AttemptNumber | None = None
    limit: Limit = 100


class GivenScore(Request):
    points: _Given
    heard: _Heard = None
    remark: Line = ""


class Unscorable(Request):
    reason: Reason


class Disputing(Request):
    reason: Reason


class Settling(Request):
    words: Annotated[Reason, Field(description="why it is settled so")]
    points: Annotated[
        _Given | None, Field(description="the score that counts from now on; null: the first score stands")
    ] = None
    heard: _Heard = None


class NewComplaint(Request):
    """About a call; or about the last call that an agent had with a contact."""

    attempt: AttemptNumber | None = None
    contact: RowId | None = None
    kind: Annotated[Reason, Field(description="which sort", examples=["tone"])]
    note: Line = ""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.attempt is None) == (self.contact is None):
            raise ValueError("name either attempt or contact")
        return self


class ComplaintQuery(Request):
    before: Moment | None = None
    limit: Limit = 100


class NoticeQuery(Request):
    day: Annotated[Day | None, Field(description="those that hold on it; left out: all there were")] = None


class Publishing(Request):
    dry_run: Annotated[bool, Field(description="only say what would be published")] = False


class Withdrawal(Request):
    reason: Reason


class NewCase(Request):
    attempt: AttemptNumber
    title: Reason
    why: Annotated[Line, Field(description="what is to be learned from it")] = ""
    tags: Annotated[list[Tag], Field(max_length=20)] = Field(default_factory=list)


class CaseTags(Request):
    tags: Annotated[list[Tag], Field(max_length=20)]


class CaseQuery(Request):
    words: Annotated[Line, Field(description='all of them; "a phrase", -without, or')] = ""
    tag: Tag | None = None
    after: Annotated[RowId | None, Field(description="`next` of the page before; not with words")] = None
    limit: Limit = 100
