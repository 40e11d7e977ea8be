from __future__ import annotations

import json
import logging
import re
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from ingest.discover import discover
from ingest.pipeline import ingest
from ingest.read import ReadArticle, read
from ingest.report import Failure, Progress
from ingest.web import canonical, fetch
from rag.errors import SourceError
from rag.store import Store
from tests.doubles import HashingEncoder
from tests.ingest.site import BODY, MB, SECRET, Site, packed_body, serving

Found = Callable[[str], ReadArticle | Failure]

pytestmark = pytest.mark.server


@pytest.fixture
def found(site: Site) -> Found:
    def read_path(path: str) -> ReadArticle | Failure:
        [source] = discover([f"{site}{path}"]).sources
        [only] = read(source, 2 * MB, allow_private=True)
        return only

    return read_path


@pytest.mark.parametrize(
    "path",
    [
        *("/header-charset", "/meta-charset", "/no-charset", "/no-kind", "/coded/utf-8"),
        *("/coded/gzip", "/coded/x-gzip", "/coded/deflate", "/coded/identity,gzip"),
    ],
)
def test_pages_in_every_encoding(found: Found, site: Site, path: str) -> None:
    only = found(path)
    assert isinstance(only, ReadArticle), only
    article = only.article
    assert (article.title, article.text, article.lang) == ("افتتاح الجسر", BODY, "ar")
    assert article.id == article.url == f"{site}{path}"
    assert article.source == "127.0.0.1"
    assert (only.origin.kind, only.origin.place) == ("url", f"{site}{path}")


def test_what_a_page_says_of_itself(found: Found, site: Site) -> None:
    only = found("/rich?page=1")
    assert isinstance(only, ReadArticle)
    assert only.article.id == only.article.url == f"{site}/canonical/7"
    assert (only.article.source, only.article.published) == ("وكالة النهر", "2023-05-04")


def test_redirects_and_plain_text(found: Found, site: Site) -> None:
    only = found("/moved")
    assert isinstance(only, ReadArticle)
    assert only.article.id == f"{site}/text?id=5"
    assert (only.article.title, only.article.text) == ("عنوان", BODY)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/nothing-here", "answered 404 Not Found"),
        ("/error", "answered 503"),
        ("/circle", "redirects more than 5 times"),
        ("/to/file:///etc/hosts", "neither http nor https"),
        ("/to/ws://127.0.0.1:9/", "neither http nor https"),
        ("/to/ftp://127.0.0.1/", "neither http nor https"),
        ("/to/http:%2F%2F[", "cannot be reached"),
        ("/pdf", "It is application/pdf; only web pages and plain text"),
        ("/huge", "too large; the limit is 2 MB.*SANAD_MAX_SOURCE_MB"),
        ("/bomb/gzip", "too large; the limit is 2 MB"),
        ("/bomb/deflate", "too large; the limit is 2 MB"),
        ("/bomb/twice", "packed as gzip, gzip; only gzip can be unpacked"),
        ("/bomb/br", "packed as br; only gzip"),
        ("/bomb/zstd", "packed as zstd; only gzip"),
        ("/broken-gzip", "cannot be reached: Error -3 while decompressing"),
        ("/empty", "no article"),
        ("/short", "cannot be reached"),
    ],
)
def test_pages_that_cannot_be_read(found: Found, path: str, message: str) -> None:
    only = found(path)
    assert isinstance(only, Failure)
    assert re.search(message, only.reason), only.reason


@pytest.mark.parametrize("name", ["gzip", "deflate", "twice", "mixed", "trailing"])
@pytest.mark.parametrize("path", ["/bomb", "/moved-bomb"])
def test_memory_is_bounded_however_a_page_is_packed(site: Site, path: str, name: str) -> None:
    packed_body(name)  # made before it counts
    tracemalloc.start()
    try:
        with suppress(SourceError):  # what follows on a page, or redirects, is not even read
            fetch(f"{site}{path}/{name}", MB, allow_private=True)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MB


@pytest.mark.parametrize("size", [0, 1, 2**16 - 1, 2**16, 2**16 + 1, MB])
def test_the_limit_is_that_of_the_unpacked_page(site: Site, size: int) -> None:
    url = f"{site}/spaces/{size}"
    assert fetch(url, size, allow_private=True).data == b" " * size
    if size:
        with pytest.raises(SourceError, match="too large"):
            fetch(url, size - 1, allow_private=True)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://no-such-host.invalid/", "http://[::1", "http://:80/"]
)
def test_addresses_that_cannot_be_reached(url: str) -> None:
    told = r"cannot be reached|neither http nor https|took more than"
    with pytest.raises(SourceError, match=told):
        fetch(url, MB, allow_private=True)


@pytest.mark.parametrize(
    ("url", "declared", "address"),
    [
        ("https://Example.org:443/a#part", None, "https://example.org/a"),
        ("http://example.org:80", None, "http://example.org/"),
        ("https://example.org/a?id=1&utm_source=x&fbclid=y", None, "https://example.org/a?id=1"),
        ("https://example.org/a?q=b%20c&d", None, "https://example.org/a?q=b%20c&d"),
        ("https://example.org/a?p=2", "https://example.org/a", "https://example.org/a"),
        ("https://example.org/a", "https://example.org/", "https://example.org/a"),
        ("https://example.org/a", "https://other.org/a", "https://example.org/a"),
        ("https://example.org/a", "http://example.org/b", "https://example.org/a"),
        ("https://example.org/a", "not an address", "https://example.org/a"),
        ("https://user:secret@example.org/a", None, "https://example.org/a"),
        ("https://u:s@example.org/a", "https://u:s@example.org/b", "https://example.org/b"),
        ("https://example.org/a", "https://token@example.org/b", "https://example.org/b"),
    ],
)
def test_canonical_addresses(url: str, declared: str | None, address: str) -> None:
    assert canonical(url, declared) == address


def test_addresses_in_the_store(site: Site, store: Store, encoder: HashingEncoder) -> None:
    report = ingest([f"{site}/text", f"{site}/pdf"], store, encoder, allow_private=True)
    assert (report.added, len(report.failed)) == (1, 1)
    assert report.failed[0].source == f"{site}/pdf"
    paths = [f"{site}/text#x", f"{site}/text"]
    again = ingest(paths, store, encoder, prune=True, allow_private=True)
    assert (again.added, again.unchanged, again.removed) == (0, 1, 0)
    assert list(store.ledger()) == [f"{site}/text"]


def test_credentials_are_sent_and_kept_nowhere(
    site: Site,
    store: Store,
    encoder: HashingEncoder,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)  # httpx tells of each request
    host = str(site).removeprefix("http://")
    mine = f"http://reader:{SECRET}@{host}"
    paths = [
        *(f"{mine}/private", f"{mine}/to/%2Fprivate", f"{site}/login"),
        *(f"{mine}/nothing-here", f"http://x:{SECRET}@no-host.invalid/"),
        *(f"http://x:{SECRET}/y@{host}/", f"ftp://x:{SECRET}@{host}/", f" {mine}/private"),
    ]
    told: list[Progress] = []
    report = ingest(paths, store, encoder, allow_private=True, on_progress=told.append)
    assert (report.added, len(report.failed)) == (1, 5)
    assert list(store.ledger()) == [f"{site}/private/story"]
    [article] = store.iter_articles()
    assert (article.url, article.source) == (f"{site}/private/story", "127.0.0.1")
    assert any("write characters such as" in failure.reason for failure in report.failed)
    assert [source for source in discover(paths).sources if SECRET in repr(source)] == []
    shown = [json.dumps(report.as_json()), repr(told), caplog.text, repr(store.ledger())]
    assert [text for text in shown if SECRET in text] == []
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 3
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("start", ["http://127.0.0.1", "http://reader:wrong@127.0.0.1"])
def test_pages_for_readers_with_a_password(site: Site, start: str) -> None:
    with pytest.raises(SourceError, match="answered 401"):
        fetch(f"{start}:{site.server_port}/private", MB, allow_private=True)


def test_credentials_do_not_go_to_another_host(site: Site) -> None:
    with serving() as other:
        url = f"http://reader:{SECRET}@127.0.0.1:{site.server_port}/to/{other}/private"
        with pytest.raises(SourceError, match="answered 401"):
            fetch(url, MB, allow_private=True)
        assert other.seen == ["/private"]
