"""A real chat server, ``transformers serve``, with a tiny model whose words mean nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import httpx
import pytest

from rag.answer.generative import open_generative
from rag.settings import Settings
from rag.types import Article, Chunk, Hit, Question

pytestmark = [pytest.mark.server, pytest.mark.slow]

# Short words: the server lets a model that finds no end write 1024 of them.
TEXT = "The allies sent 2,500 troops to Almaty on 6 May 2022. They left in a week."
SPECIAL = ["<s>", "</s>", "<unk>"]
TEMPLATE = "{% for message in messages %}<s>{{ message['content'] }}{% endfor %}<s>"


def make_model(folder: Path) -> None:
    """Save a Llama of about 120 thousand random parameters that knows the words of a passage."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    words = [*SPECIAL, "[1]", "[1].", "[99].", "[0].", "9,999", *dict.fromkeys(TEXT.split())]
    words += [f"w{number}" for number in range(256 - len(words))]
    tokenizer = Tokenizer(
        WordLevel(vocab={word: i for i, word in enumerate(words)}, unk_token="<unk>")
    )
    tokenizer.pre_tokenizer = WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        pad_token="</s>",
        chat_template=TEMPLATE,
    ).save_pretrained(folder)
    torch.manual_seed(1)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(words),
            hidden_size=64,
            intermediate_size=176,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=4096,
            bos_token_id=0,
            eos_token_id=1,
            pad_token_id=1,
        )
    )
    with torch.no_grad():
        model.lm_head.weight[: len(SPECIAL)] = 0.0  # so that it always says something
    assert 100_000 < sum(weights.numel() for weights in model.parameters()) < 140_000
    model.save_pretrained(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a running server, and its model."""
    folder = tmp_path_factory.mktemp("served")
    model, log, port = folder / "model", folder / "log", free_port()
    make_model(model)
    command = [str(Path(sys.executable).with_name("transformers")), "serve", str(model)]
    options = ["--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    offline = {"HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "home"), "OMP_NUM_THREADS": "1"}
    with (
        log.open("w") as output,
        subprocess.Popen(
            [*command, *options], stdout=output, stderr=output, env={**os.environ, **offline}
        ) as it,
    ):
        try:
            for _ in range(600):
                assert it.poll() is None, f"the server stopped:\n{log.read_text()}"
                if is_up(port):
                    break
                time.sleep(0.1)
            else:
                pytest.fail(f"the server did not come up:\n{log.read_text()}")
            yield f"http://127.0.0.1:{port}/v1", str(model)
        finally:
            it.terminate()


def is_up(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


async def test_an_answer_arrives(served: tuple[str, str], no_keys: None) -> None:
    address, model = served
    article = Article("a", "Soldiers", TEXT, "en", published="2022-05-07", source="The Paper")
    hit = Hit(Chunk("a#1", "a", TEXT, 0, len(TEXT), "en"), article, 1, 1.0)
    question = Question("How many were sent?", "How many were sent?", "en", "en")
    answerer = open_generative(
        Settings(chat_model=f"openai:{model}", chat_base_url=address, chat_timeout=60)
    )
    async with aclosing(answerer.stream(question, [hit])) as stream:
        *pieces, last = [chunk async for chunk in stream]
    assert len(pieces) > 10
    assert "".join(piece.text for piece in pieces).strip()
    answer = last.answer
    assert answer is not None
    assert not answer.refused
    assert answer.statements
    for statement in answer.statements:
        assert statement.citations or not statement.supported
    assert not all(statement.supported for statement in answer.statements)
    for citation in answer.citations:
        assert (citation.hit, TEXT[citation.start : citation.end]) == (hit, citation.quote)
    assert 0 < answer.timings["first_token"] < answer.timings["generate"]
