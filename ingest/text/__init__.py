"""Text: what listings and court judgements say in running Chinese and English."""

from ingest.text.extraction import Extractor, find
from ingest.text.judgements import JudgedRight, Judgement, judgement
from ingest.text.parties import Party
from ingest.text.spans import Finding

__all__ = ["Extractor", "Finding", "JudgedRight", "Judgement", "Party", "find", "judgement"]
