"""Checking what a statement says against the passages that it cites."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from rag.language.facts.dates import dates
from rag.language.facts.fact import Fact
from rag.language.facts.names import names
from rag.language.facts.numbers import number_values, numbers
from rag.language.terms import light10, skeletons, stems
from rag.language.text import Lang, detect_language, tokens
from rag.language.transliterate import MARK, concepts

_TRANSLATED = frozenset(
    "act administration affairs age agency ages air airport alliance ambassador ancient annual "
    "archbishop arctic arena army articles artificial atlantic assembly association attorney "
    "authority award awards bank bay bible bishop black board book bridge bureau cabinet canal "
    "capital cathedral catholic cemetery census center central centre century chamber champions "
    "championship channel chapter children children's christian christians christmas church "
    "citizen citizens city civil club coast college commission committee commonwealth communist "
    "community company conference congress conservative constitution control convention "
    "corporation council country county court crown cup defence defense delta democrat democratic "
    "democrats department desert disaster disease diseases district division earth east easter "
    "eastern economic economy education election elections emergency emperor empire energy "
    "environment faculty federal federation festival figure finance fire first fleet football "
    "force forces foreign forest foundation front fund game games gas general global god golden "
    "government grand great green group gulf hall health high highway hill history hospital hotel "
    "house human hurricane immigration imperial independence independent industries industry "
    "initiative institute institution intelligence interior international investment island "
    "islands islamic jewish jews journal judge justice kingdom labor labour lake land law league "
    "liberal library line literature little local lower media medical mediterranean members "
    "memorial men middle military ministry mission moon morning mosque mountain mountains movement "
    "municipal museum muslim muslims national nations naval navy network new news north northeast "
    "northern northwest nuclear observatory ocean office oil old olympic olympics operation "
    "opposition order organisation organization pacific palace park parks parliament parliamentary "
    "party peace peninsula people people's plain plains plan planet platform pole police policy "
    "political pope port post power premier presidency press prevention prime prison prize program "
    "programme project prosecution protection province public red reform refugee region relief "
    "representatives republic republican republicans research reserve revolution revolutionary "
    "rights river road roman royal rural saint school schools science sciences sea security senate "
    "service services silver social socialist society south southeast southern southwest space "
    "special sport sports spring square st stadium state states station statistics strategy street "
    "strip summer summit sun supreme system table team technology television temple territory "
    "theatre times tower town trade transport treasury treaty tribunal tropical union united "
    "university upper urban valley victory village war water weather welfare west western white "
    "winter women works world year youth zone".split()
)
"""English words that names are made of and that Arabic translates instead of writing out."""


def passage_values(text: str) -> set[str]:
    """Everything in ``text`` that a fact's ``values`` can match."""
    words = list(tokens(text))
    values = {stem for word in words for stem in stems(word)}
    values |= {s for word in words for s in skeletons(word, text, every_word=True)}
    values |= {light10(word.form) for word in words if not word.form.isascii()}
    values |= {term for term, _, _ in concepts(words)}
    # the Korea in North Korea
    values |= {term for word in words for term, _, _ in concepts([word])}
    return values | number_values(text)


def unsupported(statement: str, passages: Sequence[str]) -> tuple[str, ...]:
    """Numbers, dates and names that ``statement`` says and none of ``passages`` holds.

    In the order of the statement, as written there, each once. A name is looked for in a passage
    of another script by its sound; one that is translated rather than written out cannot be, and
    is let pass there.

    >>> unsupported("About 2,600 troops went to Kazakhstan", ["نحو ٢٥٠٠ جندي إلى كازاخستان"])
    ('2,600',)
    """
    held = [passage_values(passage) for passage in passages]
    return missing_facts(statement, held, {detect_language(passage) for passage in passages})


def missing_facts(
    statement: str, held: Sequence[AbstractSet[str]], langs: AbstractSet[Lang]
) -> tuple[str, ...]:
    """:func:`unsupported`, for passages in ``langs`` whose :func:`passage_values` are ``held``."""
    facts = [*numbers(statement), *dates(statement), *names(statement)]
    missing = [
        fact
        for fact in facts
        if fact.values
        and all(values.isdisjoint(fact.values) for values in held)
        and can_be_missed(fact, langs)
    ]
    return tuple(dict.fromkeys(f.text for f in sorted(missing, key=lambda f: f.start)))


def can_be_missed(fact: Fact, langs: AbstractSet[Lang]) -> bool:
    """Whether passages in ``langs`` that hold the fact would have matched one of its values.

    >>> fact = names("the Supreme Court")[0]
    >>> can_be_missed(fact, {"en"}), can_be_missed(fact, {"ar"})
    (True, False)
    """
    if fact.kind != "name" or fact.is_known:
        return True
    if langs <= {detect_language(fact.text)}:
        return True
    capitals = sum(c.isupper() for c in fact.text)
    acronym = capitals > 1 and (capitals == len(fact.text) or len(fact.text) <= 5)
    word = fact.text.lower().replace("’", "'").removesuffix("'s")
    written_out = not acronym and word not in _TRANSLATED
    return written_out and any(value.startswith(MARK) for value in fact.values)
