"""Articles to passages: a paragraph each, long ones split at sentences, tiny ones joined.

Pure: offsets are character offsets into ``article.text``, and tokens are counted by whoever
knows the encoder. Every character that is not white space is in exactly one passage, or in a
heading that the passages below it carry. A title that says something of its own is a passage too,
beside those of the text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil

from ingest.clean import one_line
from ingest.cut import cut
from ingest.paragraphs import MAX_HEADING, Block, blocks
from rag.language.text import detect_language, tokens
from rag.types import Article, Chunk

CHUNKER_VERSION = 2
"""Raised whenever the same article would be cut differently; stores record it.

Version 1 knew no passages of titles: :mod:`ingest.titles` adds what such a store lacks.
"""

CountTokens = Callable[[Sequence[str]], list[int]]

_TITLE_CHARS = 200
_TITLE_WORDS = 2  # a title of one word says nothing
_SHORT = 70  # characters, about a dozen words: a date line, a line of dialogue, a sign-off
_JOINED = 500  # characters at which a row of short lines is long enough
_CHARS_PER_TOKEN = 8  # an unknown word counts as one token however long it is
_FILL = 0.9  # how full split passages are planned, so that most fit at once


def chunk_article(article: Article, count_tokens: CountTokens, max_tokens: int) -> list[Chunk]:
    """The passages of ``article`` in order, none longer than the encoder reads.

    Args:
        article: any article; one without text gives no passages.
        count_tokens: tokens of each text, special tokens included (``Encoder.count_tokens``).
        max_tokens: longest :func:`passage_text` in tokens. Where title and heading alone take
            more than half of it, the passage still gets half, and the encoder cuts its end.

    Returns:
        Chunks with ``article.part(chunk.part)[chunk.start : chunk.end] == chunk.text``: that of the
        title first, if it has one, then those of the text.
    """
    ruler = _Ruler(article, count_tokens, max_tokens)
    pieces = _join_short(_split_long(_outline(article.text), ruler), ruler)
    title = title_chunk(article, pieces[0].start) if pieces else None
    return [*([title] if title else []), *_chunks(article, pieces)]


def title_chunk(article: Article, start: int) -> Chunk | None:
    """The passage of the article's title, where the first one of its text begins at ``start``.

    None for a title of less than two words, and for one that the text begins with anyway: it was
    made from the text, or repeats it.
    """
    words = [token.form for token in tokens(article.title)]
    if len(words) < _TITLE_WORDS or _repeats(article, start, words):
        return None
    return Chunk(
        id=f"{_prefix(article)}:title",
        article_id=article.id,
        text=article.title,
        start=0,
        end=len(article.title),
        lang=detect_language(article.title, default=article.lang),
        part="title",
    )


def _repeats(article: Article, start: int, words: Sequence[str]) -> bool:
    """Whether the text from ``start`` begins with the ``words`` of the title.

    The last of them may have been cut short, as in "Rescue teams reached the vil…".
    """
    beginning = article.text[start : start + 2 * len(article.title) + _SHORT]
    first = [token.form for token in islice(tokens(beginning), len(words))]
    if len(first) < len(words) or first[:-1] != list(words[:-1]):
        return False
    return first[-1].startswith(words[-1]) if article.title.endswith("…") else first == words


def _prefix(article: Article) -> str:
    """What the ids of the article's passages begin with."""
    return f"{article.id}:{article.content_hash[:8]}"


def _chunks(article: Article, pieces: Sequence[_Piece]) -> list[Chunk]:
    prefix = _prefix(article)
    return [
        Chunk(
            id=f"{prefix}:{index:04d}",
            article_id=article.id,
            text=(text := article.text[piece.start : piece.end]),
            start=piece.start,
            end=piece.end,
            lang=detect_language(text, default=article.lang),
            heading=piece.heading,
        )
        for index, piece in enumerate(pieces)
    ]


def passage_text(article: Article, chunk: Chunk) -> str:
    """What is embedded for ``chunk``: title, heading and passage, a line each; a title alone."""
    if chunk.part == "title":
        return one_line(chunk.text)
    return _with_context(article.title, chunk.heading, chunk.text)


def _with_context(title: str, heading: str, text: str) -> str:
    return "\n".join(filter(None, (one_line(title, _TITLE_CHARS), heading, text)))


@dataclass(frozen=True, slots=True)
class _Piece:
    """A passage in the making; ``section`` tells apart passages that a heading lies between."""

    start: int
    end: int
    heading: str
    section: int
    tokens: int | None = None

    def __len__(self) -> int:
        return self.end - self.start


class _Ruler:
    """Measures pieces of one article as they will be embedded."""

    def __init__(self, article: Article, count_tokens: CountTokens, max_tokens: int) -> None:
        self.text = article.text
        self.max_chars = max_tokens * _CHARS_PER_TOKEN
        self._title = article.title
        self._count = count_tokens
        self._max = max_tokens
        self._context: dict[str, int] = {}

    def measure(self, pieces: list[_Piece]) -> list[_Piece]:
        """The pieces with their tokens, counted in one call; those too long to count have none."""
        unknown = [p for p in pieces if p.tokens is None and len(p) <= self.max_chars]
        texts = [_with_context(self._title, p.heading, self.text[p.start : p.end]) for p in unknown]
        counts = iter(self._count(texts) if texts else ())
        return [
            replace(p, tokens=next(counts)) if p.tokens is None and len(p) <= self.max_chars else p
            for p in pieces
        ]

    def context(self, heading: str) -> int:
        """Tokens of title and heading, and of what the encoder puts around every text."""
        if heading not in self._context:
            self._context[heading] = self._count([_with_context(self._title, heading, "")])[0]
        return self._context[heading]

    def limit(self, heading: str) -> int:
        """Most tokens of a passage under that heading, with title and heading."""
        return max(self._max, self.context(heading) + self._max // 2)

    def fits(self, piece: _Piece) -> bool:
        return (
            piece.tokens is not None
            and len(piece) <= self.max_chars
            and (piece.tokens <= self._max or piece.tokens <= self.limit(piece.heading))
        )

    def parts(self, piece: _Piece) -> int:
        """Into how many parts a piece that does not fit should be split."""
        parts = ceil(len(piece) / self.max_chars)
        if piece.tokens is not None:
            context = self.context(piece.heading)
            room = _FILL * (self.limit(piece.heading) - context)
            parts = max(parts, ceil((piece.tokens - context) / room))
        return min(max(2, parts), len(piece))


def _outline(text: str) -> list[_Piece]:
    """Paragraphs with the heading above them.

    Headings right above one another act as one. A heading with nothing below it is a paragraph
    of its own, so that its words are found, too.
    """
    pieces: list[_Piece] = []
    above: list[Block] = []
    heading, section = "", 0
    for block in blocks(text):
        if block.heading:
            above.append(block)
            continue
        if above:
            section += 1
            heading, lost = _merge_headings(above)
            pieces += [_Piece(b.start, b.end, "", section) for b in lost]
            section += bool(lost)
            above = []
        pieces.append(_Piece(block.start, block.end, heading, section))
    pieces += [_Piece(b.start, b.end, "", section + 1) for b in above]
    return pieces


def _merge_headings(above: list[Block]) -> tuple[str, list[Block]]:
    """One heading of several, and those that it has no room for."""
    merged = above[-1].heading
    for i in range(len(above) - 2, -1, -1):
        longer = f"{above[i].heading} — {merged}"
        if len(longer) > MAX_HEADING:
            return merged, above[: i + 1]
        merged = longer
    return merged, []


def _split_long(pieces: list[_Piece], ruler: _Ruler) -> list[_Piece]:
    """The same text in pieces that fit. Each round counts all new pieces in one call."""
    while True:
        pieces = ruler.measure(pieces)
        if all(ruler.fits(piece) or len(piece) < 2 for piece in pieces):
            return pieces
        split: list[_Piece] = []
        for piece in pieces:
            if ruler.fits(piece) or len(piece) < 2:
                split.append(piece)
            else:
                spans = cut(ruler.text, piece.start, piece.end, ruler.parts(piece))
                split += [replace(piece, start=a, end=b, tokens=None) for a, b in spans]
        pieces = split


def _join_short(pieces: list[_Piece], ruler: _Ruler) -> list[_Piece]:
    """Very short pieces joined to a neighbour under the same heading, where the outcome fits."""
    groups: list[list[_Piece]] = []
    tokens = 0  # of the last group's pieces
    for piece in pieces:
        if groups and _belongs(groups[-1], tokens, piece, ruler):
            groups[-1].append(piece)
        else:
            groups.append([piece])
            tokens = 0
        tokens += piece.tokens or 0
    joined = [
        replace(group[0], end=group[-1].end, tokens=group[0].tokens if len(group) == 1 else None)
        for group in groups
    ]
    joined = ruler.measure(joined)
    return [
        piece
        for whole, group in zip(joined, groups, strict=True)
        for piece in ([whole] if ruler.fits(whole) else group)
    ]


def _belongs(group: list[_Piece], tokens: int, piece: _Piece, ruler: _Ruler) -> bool:
    """Whether ``piece`` joins the pieces before it: one of both is short, and there is room.

    ``tokens`` are those of the group's pieces, each with title and heading.

    A line that ends with a colon introduces what follows, not what went before.
    """
    size = group[-1].end - group[0].start
    introduces = ruler.text[piece.end - 1] == ":"
    takes_piece = len(piece) < _SHORT and not introduces and (len(group) == 1 or size < _JOINED)
    if group[0].section != piece.section or not (size < _SHORT or takes_piece):
        return False
    total = tokens + (piece.tokens or 0) - len(group) * ruler.context(piece.heading)
    return total <= ruler.limit(piece.heading) and piece.end - group[0].start <= ruler.max_chars
