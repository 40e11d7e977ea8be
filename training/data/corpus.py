"""All data of a folder, cleaned, capped, and free of the development sets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from training.data import words
from training.data.cache import cached
from training.data.clean import capped, distinct, is_fit
from training.data.files import Pair, Row, read_pairs, read_rows
from training.data.overlap import HeldOut, held_out, kept

DICTIONARY_CAPS = {
    "xor_tydi_questions": 5_000,
    "ntrex": 2_000,
    "tico19_tm": 3_100,
    "aquifer_study_notes_religious": 20_000,
    "aquifer_themes_religious": 5_000,
    "aquifer_profiles_religious": 3_000,
    "aquifer_uw_questions_religious": 10_000,
    "tatoeba_anki": 12_000,
    "tatoeba_opusmt_extra": 6_000,
    "arabic_abstracts_cs": 8_000,
    "3b1b_captions_mt": 8_000,
    "flickr8k_captions": 6_000,
    "freecodecamp_guide_mt": 4_000,
    "react_docs": 1_300,
    "opensource_guide": 900,
}
LEXICA = (
    "amradel_en_ar_dictionary",
    "wiktionary_en_ar",
    "arwikicats_entities",
    "arwikicats_category_titles",
    "netransliteration_names",
    "world_places_dr5hn",
    "cldr_places_langs_currencies",
    "countries",
    "thegenio_name_pairs",
    "tico19_terms",
)


def pairs(folder: Path, caps: Mapping[str, int], held: HeldOut) -> dict[str, list[Pair]]:
    """Fit and distinct pairs of each file of ``parallel/`` or ``lexicon/`` named in ``caps``.

    Raises:
        FileNotFoundError: a named file is in neither folder.
    """
    found = {}
    for name, cap in caps.items():
        file = folder / "parallel" / f"{name}.tsv.gz"
        if not file.is_file():
            file = folder / "lexicon" / file.name
        fit = capped(list(distinct(filter(is_fit, read_pairs(file)))), cap, name)
        found[name] = kept(fit, ((p.en, p.ar) for p in fit), held)
    return found


def rows(folder: Path, name: str, held: HeldOut) -> list[Row]:
    """The rows of a file of ``qa/`` that share nothing with what is held out."""
    read = list(read_rows(folder / "qa" / f"{name}.jsonl.gz"))
    return kept(read, ((row.question, row.passage) for row in read), held)


def dictionary(folder: Path, cache: Path) -> words.Dictionary:
    """The word table learnt from parallel text, names and terms; kept in ``cache``."""

    def learn() -> words.Dictionary:
        held = held_out(folder / "dev")
        caps = {**DICTIONARY_CAPS, **dict.fromkeys(LEXICA, 30_000)}
        learnt = [pair for found in pairs(folder, caps, held).values() for pair in found]
        return words.learn(learnt)

    return cached(cache, "words", folder, "", learn)
