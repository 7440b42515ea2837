"""spaCy component ``arabic_ie``: entities, triggers and events on any tokenisation.

    nlp = spacy.blank("ar")
    nlp.add_pipe("arabic_ie")                      # config={"model": "folder", "batch_size": 32}
    doc = nlp("قصفت طائرات حربية مطار المدينة أمس")
    doc.ents, doc.spans["entities"], doc.spans["triggers"], doc._.events, doc._.arabic_ie

``doc._.events`` is a tuple of plain dictionaries (so that ``Doc.to_bytes`` and ``DocBin`` work)::

    {"id", "type", "realis", "score", "start", "end", "span", "arguments":
        ({"role", "entity", "score", "start", "end", "span"}, ...)}

``start`` and ``end`` are code points of ``doc.text`` and exact; ``span`` is the number of the spaCy span
in ``doc.spans["triggers"]`` or ``doc.spans["entities"]``. spaCy spans are made of whole tokens: where a
token reaches over the edge of a mention (a clitic split off by neither), the span is widened to it.
``doc._.arabic_ie`` is the whole ``Document``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtraError
from ..types import Document

try:
    from spacy.language import Language
    from spacy.tokens import Doc
    from spacy.util import filter_spans
except ImportError as err:
    raise MissingExtraError("spacy", "spacy") from err

if TYPE_CHECKING:
    from ..extractor import Extractor


def _document(doc: Doc) -> Document | None:
    form = doc.user_data.get("arabic_ie")
    return None if form is None else Document.from_dict(form)


def register() -> None:
    """Declare the extensions; done on import."""
    if not Doc.has_extension("events"):
        Doc.set_extension("events", default=None)
    if not Doc.has_extension("arabic_ie"):
        Doc.set_extension("arabic_ie", getter=_document)


class ArabicIE:
    """The component.

    Args:
        extractor: what finds entities and events.
        batch_size: sentences the encoder reads at once.
        overwrite_ents: replace ``doc.ents``; False keeps those that other components set.
    """

    def __init__(self, extractor: Extractor, batch_size: int = 32, overwrite_ents: bool = True) -> None:
        self.extractor, self.batch_size, self.overwrite_ents = extractor, batch_size, overwrite_ents

    def __call__(self, doc: Doc) -> Doc:
        return self._fill(doc, self.extractor(doc.text, self.batch_size))

    def pipe(self, stream: Iterable[Doc], batch_size: int = 128) -> Iterator[Doc]:
        """Fill a stream of docs, lazily and in order."""
        waiting: list[Doc] = []

        def texts() -> Iterator[str]:
            for doc in stream:
                waiting.append(doc)
                yield doc.text

        for found in self.extractor.pipe(texts(), self.batch_size):
            yield self._fill(waiting.pop(0), found)

    def _fill(self, doc: Doc, found: Document) -> Doc:
        def span(start: int, end: int, label: str, id: str) -> Any:
            # Never None: the offsets lie in the text, and "expand" goes to the tokens around.
            return doc.char_span(start, end, label, span_id=id, alignment_mode="expand")

        entities = [span(e.start, e.end, e.type, e.id) for e in found.entities]
        triggers = [span(v.trigger.start, v.trigger.end, v.type, v.id) for v in found.events]
        doc.spans["entities"], doc.spans["triggers"] = entities, triggers
        if self.overwrite_ents or not doc.ents:
            doc.ents = filter_spans(entities)  # flat: where widened spans meet, the longest stays
        by_id = {e.id: (k, e) for k, e in enumerate(found.entities)}
        doc._.events = tuple(
            {
                "id": v.id,
                "type": v.type,
                "realis": v.realis,
                "score": v.score,
                "start": v.trigger.start,
                "end": v.trigger.end,
                "span": k,
                "arguments": tuple(
                    {
                        "role": a.role,
                        "entity": a.entity,
                        "score": a.score,
                        "start": by_id[a.entity][1].start,
                        "end": by_id[a.entity][1].end,
                        "span": by_id[a.entity][0],
                    }
                    for a in v.arguments
                ),
            }
            for k, v in enumerate(found.events)
        )
        doc.user_data["arabic_ie"] = found.to_dict()
        return doc


register()


@Language.factory(
    "arabic_ie",
    assigns=["doc.ents", "doc.spans", "doc._.events", "doc._.arabic_ie"],
    default_config={
        "model": None,
        "device": None,
        "dtype": "auto",
        "batch_size": 32,
        "overwrite_ents": True,
    },
)
def make_component(
    nlp: Language,
    name: str,
    model: str | None,
    device: str | None,
    dtype: str,
    batch_size: int,
    overwrite_ents: bool,
) -> ArabicIE:
    """Make the component of a pipeline; ``model`` as in ``Extractor.from_pretrained``."""
    from ..extractor import Extractor

    extractor = Extractor.from_pretrained(model, device=device, dtype=dtype)
    return ArabicIE(extractor, batch_size, overwrite_ents)
