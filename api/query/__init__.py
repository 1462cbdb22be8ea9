"""A query from its text to its data: known, within limits, executed level by level."""
