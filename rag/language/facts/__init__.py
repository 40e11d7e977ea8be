"""Numbers, dates and names in a text: what an answer must not get wrong.

Everything is found by rule, in Arabic and in English, and compared by value: ``2,500``,
``٢٥٠٠`` and ``2.5 thousand`` are one number, ``يناير`` and ``January`` one month, ``بلينكن`` and
``Blinken`` one name.
"""

from rag.language.facts.dates import dates, years
from rag.language.facts.fact import Fact, FactKind
from rag.language.facts.names import is_title, names
from rag.language.facts.numbers import number_values, numbers, word_value
from rag.language.facts.support import can_be_missed, missing_facts, passage_values, unsupported

__all__ = [
    "Fact",
    "FactKind",
    "can_be_missed",
    "dates",
    "is_title",
    "missing_facts",
    "names",
    "number_values",
    "numbers",
    "passage_values",
    "unsupported",
    "word_value",
    "years",
]
