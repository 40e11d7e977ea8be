"""Everything that Sanad raises on purpose.

Each message says what happened, to what, and what to do about it.

    SanadError
    ├── SettingsError        a setting is missing or makes no sense
    ├── SourceError          one article source cannot be read
    ├── QuestionError        a question is empty or too long
    ├── EncoderError         the embedding model cannot be loaded or used
    ├── ReaderError          the model that reads passages cannot be loaded
    ├── StoreError           the store cannot be used
    │   ├── StoreMissing     there is no store at that place
    │   ├── StoreLocked      another process owns the store
    │   └── StoreMismatch    the store was built by something else
    ├── ChatModelError       the chat model cannot be had, or broke off
    └── EvaluationError      a question set or a report cannot be used
"""

from __future__ import annotations


class SanadError(Exception):
    """Base of every error that Sanad raises on purpose."""


class SettingsError(SanadError):
    """A setting is missing or makes no sense."""


class SourceError(SanadError):
    """One article source cannot be read."""


class QuestionError(SanadError):
    """A question is empty or too long."""


class EncoderError(SanadError):
    """The embedding model cannot be loaded or used."""


class ReaderError(SanadError):
    """The model that reads passages cannot be loaded."""


class StoreError(SanadError):
    """The store cannot be used."""


class StoreMissing(StoreError):
    """There is no store at that place."""


class StoreLocked(StoreError):
    """Another process owns the store."""


class StoreMismatch(StoreError):
    """The store was built by another encoder, chunker or normaliser."""


class ChatModelError(SanadError):
    """The chat model cannot be had, or broke off in the middle."""


class EvaluationError(SanadError):
    """A question set or a report of an evaluation cannot be used."""
