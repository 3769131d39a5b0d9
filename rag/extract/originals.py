"""The bytes of the file that an article was read from, as long as they are still those that were indexed.

It knows nothing of encodings, of the catalog or of who asks; it follows no link and leaves the corpus's folder never.
"""

from __future__ import annotations

import hashlib

from rag.errors import SourceChanged, SourceGone, Undecodable
from rag.folders import Unreadable
from rag.roots import Roots
from rag.types import Article


def original(roots: Roots, article: Article, limit: int) -> bytes:
    """The file of `article` under the folders of its corpus, byte for byte; its sha256 is the article's.

    `limit` is the most bytes to read. Raises `SourceGone` when the folder or the file is not there, `SourceChanged`
    when the file is another than was indexed, is empty now or over the limit, `Unreadable` when it is a link, no
    regular file, outside the folder or may not be read.
    """
    where = article.source
    if roots.locate(where) is None:
        raise _gone(roots, article)
    if any(part in {"", ".", ".."} for part in article.source.split("/")):
        raise Unreadable("it lies outside the folder of its corpus", where=where, do="ingest the folder again")
    try:
        data, _ = roots.read(where, limit)
    except Undecodable as error:
        # The limit may have been lowered since, so that it cannot be said that the file itself changed.
        raise SourceChanged(
            f"it was indexed and could not be any more: {error.what}", where=where, do=error.do
        ) from error
    except Unreadable as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            raise _gone(roots, article) from error
        raise
    if hashlib.sha256(data).hexdigest() != article.sha256:
        raise SourceChanged("it has changed since it was indexed", where=where, do="ingest its folder again")
    return data


def _gone(roots: Roots, article: Article) -> SourceGone:
    place = roots.locate(article.source)
    if place is None:
        what = f"no folder of the corpus {article.corpus} has it any more"
        return SourceGone(what, where=article.source, do="ingest the folders again")
    root, _ = place
    if not root.is_dir():
        return SourceGone(
            f"the folder of the corpus {article.corpus} is not there",
            where=str(root),
            do="put it back, or ingest it from where it is now",
        )
    return SourceGone("the file is no longer there", where=article.source, do="put it back, or ingest its folder again")
