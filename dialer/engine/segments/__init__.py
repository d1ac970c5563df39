"""Who belongs to which segment, who buys, and what suits whom."""
