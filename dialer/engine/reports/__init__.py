"""Reports on days that are over, and on the one that is not."""
