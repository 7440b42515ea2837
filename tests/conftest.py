"""A tiny random encoder and tokenizer, made here: no network, no hub; and a count of the inputs tried."""

from __future__ import annotations

import functools
import os
import shutil
from collections import Counter
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

os.environ["HF_HUB_OFFLINE"] = "1"

import pytest
import torch
from hypothesis import settings
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from arabic_ie import Document, Extractor, IEConfig, IEModel, Schema, read

ROOT = Path(__file__).parents[1]

# The same inputs each time, so that a change is judged by itself; long hunts draw new ones. No deadline for
# one input: the machine may be busy.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("hunting", derandomize=False, deadline=None)
settings.load_profile("hunting" if os.environ.get("ARABIC_IE_FUZZ") else "repeatable")


@pytest.fixture(autouse=True)
def at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths such as ``seeds/seed.jsonl`` are found from whatever folder the tests are started."""
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="session")
def seed_docs() -> list[Document]:
    return read(ROOT / "seeds" / "seed.jsonl")


@pytest.fixture(scope="session")
def wordpiece(seed_docs: list[Document]) -> PreTrainedTokenizerFast:
    """A WordPiece tokenizer of BERT's form, as AraBERT has, with pieces of the seed article.

    They are counted here: a trained vocabulary differs from run to run where pieces are equally frequent.
    """
    cut = pre_tokenizers.BertPreTokenizer()
    counts = Counter(word for doc in seed_docs for word, _ in cut.pre_tokenize_str(doc.text))
    letters, pieces = set[str](), Counter[str]()
    for word, count in counts.items():
        letters |= {*word, *(f"##{letter}" for letter in word)}
        for k in range(1, len(word)):
            pieces[word[: k + 1]] += count * k
            pieces[f"##{word[k:]}"] += count * (len(word) - k - 1)
    common = sorted(set(pieces) - letters, key=lambda piece: (-pieces[piece], piece))
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    vocabulary = [*special, *sorted(letters), *common][:800]
    tokenizer = Tokenizer(
        models.WordPiece({piece: n for n, piece in enumerate(vocabulary)}, unk_token="[UNK]")
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False)
    tokenizer.pre_tokenizer = cut
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip


@pytest.fixture(scope="session")
def encoder_folder(wordpiece: PreTrainedTokenizerFast, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random BERT checkpoint with its tokenizer: the architecture of AraBERT, two narrow layers."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("encoder")
    config = BertConfig(
        vocab_size=len(wordpiece), hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    wordpiece.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def random_extractor(wordpiece: PreTrainedTokenizerFast, encoder_folder: Path) -> Extractor:
    torch.manual_seed(0)
    encoder = BertConfig.from_pretrained(encoder_folder).to_dict()
    config = IEConfig(encoder=encoder, schema=Schema.load().to_dict(), max_tokens=64, link_size=16)
    return Extractor(IEModel(config), wordpiece, "cpu", "float32")


CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser without a window."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need 'playwright'")
    if CHROMIUM is None:
        pytest.skip("no Chromium: apt-get install chromium, or name one in $CHROMIUM")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Counts the inputs that hypothesis tries of a property; they travel with the report, as any property."""
    handle = getattr(getattr(item, "obj", None), "hypothesis", None)
    if handle is None:
        return (yield)
    inner, tried = handle.inner_test, Counter[str]()

    @functools.wraps(inner)
    def counted(*args: Any, **kwargs: Any) -> Any:
        tried["inputs"] += 1
        return inner(*args, **kwargs)

    handle.inner_test = counted
    try:
        return (yield)
    finally:
        handle.inner_test = inner
        item.user_properties.append(("inputs", tried["inputs"]))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Says how many inputs each property was tried on."""
    tried: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            for name, count in getattr(report, "user_properties", ()):
                if name == "inputs" and report.when == "call":
                    tried[report.nodeid.split("[")[0]] += count
    if tried:
        terminalreporter.section("inputs tried of each property")
        for name, count in sorted(tried.items()):
            terminalreporter.write_line(f"{count:8,}  {name}")
