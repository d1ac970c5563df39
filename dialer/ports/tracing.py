"""Who is told what one attempt went through."""

from typing import Protocol

from dialer.domain.attempt_trace import AttemptTrace


class AttemptTracer(Protocol):
    def tell(self, trace: AttemptTrace) -> None:
        """Must return at once, and not raise."""
