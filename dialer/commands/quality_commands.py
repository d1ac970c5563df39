"""`dialer quality`, with all its commands: those of each file join the group as the file is read."""

from dialer.commands import quality_report, quality_scores
from dialer.commands.quality import quality

__all__ = ["quality", "quality_report", "quality_scores"]
