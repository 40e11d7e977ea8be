"""Both legs of the search in one language, fused: for texts, and for titles beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from rag.language.text import Lang
from rag.search import fuse
from rag.search.trace import Ranking
from rag.settings import Settings
from rag.types import ArticlePart

NOTHING: Mapping[ArticlePart, Ranking] = {"text": (), "title": ()}
"""What a leg finds that is switched off."""


@dataclass(frozen=True, slots=True)
class Legs:
    """What both legs found in passages of ``lang``, part by part.

    ``same_language`` says whether that is the question's; where not, words count for less.
    """

    dense: Mapping[ArticlePart, Ranking]
    lexical: Mapping[ArticlePart, Ranking]
    lang: Lang
    same_language: bool

    def fuse(
        self, similarities: Mapping[str, float], passages: int, settings: Settings
    ) -> list[tuple[str, float]]:
        """The texts fused; ``passages`` is how many of them the store has in this language."""
        share = self._share(settings)
        if settings.fusion == "rrf":
            weighted = [
                (1.0, self.dense["text"]),
                (settings.rrf_lexical_weight * share, self.lexical["text"]),
            ]
            return fuse.reciprocal_rank(weighted, constant=settings.rrf_k)
        return self._linear("text", similarities, passages, settings)

    def fuse_titles(
        self, similarities: Mapping[str, float], articles: int, settings: Settings
    ) -> list[tuple[str, float]]:
        """The titles fused in the same way, with scores that compare with those of texts."""
        share = self._share(settings)
        if settings.fusion == "rrf":
            weighted = [
                (1.0, self.dense["title"], self.dense["text"]),
                (
                    settings.rrf_lexical_weight * share,
                    self.lexical["title"],
                    self.lexical["text"],
                ),
            ]
            return fuse.reciprocal_rank_among(weighted, constant=settings.rrf_k)
        return self._linear("title", similarities, articles, settings)

    def _linear(
        self,
        part: ArticlePart,
        similarities: Mapping[str, float],
        passages: int,
        settings: Settings,
    ) -> list[tuple[str, float]]:
        own = dict.fromkeys(id_ for leg in (self.dense, self.lexical) for id_, _ in leg[part])
        return fuse.linear(
            {id_: similarities[id_] for id_ in own if id_ in similarities},
            dict(self.lexical[part]),
            dense_weight=settings.dense_weight,
            lexical_weight=settings.lexical_weight * self._share(settings),
            passages=passages,
        )

    def _share(self, settings: Settings) -> float:
        """How much of its weight the search by words keeps."""
        return 1.0 if self.same_language else settings.cross_lexical_share
