"""The graphs: that they compute what torch does, and that the shipped ones are the recipe's."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from safetensors.torch import load_file, save_file

from rag.models.graph import GRAPH, open_graph
from rag.models.table import float8
from rag.settings import SHIPPED_ENCODER, SHIPPED_READER
from training.graph.bert import MIDDLE
from training.graph.models import graph_of, write


@pytest.mark.parametrize("folder", [SHIPPED_ENCODER, SHIPPED_READER], ids=lambda f: f.name)
def test_a_shipped_graph_is_what_the_recipe_writes(folder: Path) -> None:
    """If not: ``python -m training.graph FOLDER``."""
    assert (folder / GRAPH).read_bytes() == graph_of(folder)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A seeded span model of three layers."""
    from transformers import BertConfig, BertForQuestionAnswering

    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=3, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=40, initializer_range=0.3,
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("spans")
    BertForQuestionAnswering(config).save_pretrained(folder)
    return folder


def _kept(folder: Path, target: Path, kind: torch.dtype) -> Path:
    """A copy whose matrices and word embeddings are of that kind, and the rest float16."""
    shutil.copytree(folder, target)
    file = target / "model.safetensors"
    weights = {
        name: tensor.to(kind if tensor.ndim == 2 and "qa_outputs" not in name
                        and "position" not in name and "token_type" not in name
                        else torch.float16)
        for name, tensor in load_file(file).items()
    }  # fmt: skip
    save_file(weights, file, {"format": "pt"})
    return target


def _inputs() -> tuple[Any, Any]:
    """Two rows, of which the second is padded."""
    pieces = np.random.default_rng(1).integers(0, 50, (2, 9))
    attended = np.ones((2, 9), dtype=np.int64)
    attended[1, 6:] = 0
    return pieces, attended


def _expected(folder: Path) -> list[Any]:
    from transformers import BertForQuestionAnswering

    model: Any = BertForQuestionAnswering.from_pretrained(folder, dtype=torch.float32).eval()
    pieces, attended = map(torch.from_numpy, _inputs())
    with torch.inference_mode():
        found = model(input_ids=pieces, attention_mask=attended)
    return [found.start_logits.numpy(), found.end_logits.numpy()]


@pytest.mark.parametrize("kind", [torch.float16, torch.float8_e4m3fn], ids=str)
@pytest.mark.parametrize(("whole", "off"), [(False, 1e-4), (True, 0.1)])
def test_a_readers_graph_computes_what_torch_does(
    tiny: Path, tmp_path: Path, kind: torch.dtype, whole: bool, off: float
) -> None:
    folder = _kept(tiny, tmp_path / "kept", kind)
    write(folder, whole=whole)
    pieces, attended = _inputs()
    found, expected = open_graph(folder).run(pieces, attended), _expected(folder)
    for one, other in zip(found, expected, strict=True):
        difference = np.abs(one - other)[attended.astype(bool)]
        assert (difference.mean() if whole else difference.max()) < off
        assert other.std() > 0.3


def test_weights_of_single_precision_are_read_as_they_are(tiny: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "single"))
    write(folder, whole=False)
    found, expected = open_graph(folder).run(*_inputs()), _expected(folder)
    np.testing.assert_allclose(found[0][0], expected[0][0], atol=1e-4)


@pytest.mark.parametrize("whole", [False, True])
def test_a_row_does_not_depend_on_those_beside_it(tiny: Path, tmp_path: Path, whole: bool) -> None:
    folder = _kept(tiny, tmp_path / "kept", torch.float16)
    write(folder, whole=whole)
    pieces, attended = _inputs()
    graph = open_graph(folder)
    together = graph.run(pieces, attended)
    alone = graph.run(pieces[1:, :6], attended[1:, :6])
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one[0], other[1, :6], atol=1e-4)


def test_sums_of_neighbours_fit_into_sixteen_bits() -> None:
    """What processors without VNNI add in 16 bits: two products, of what is at most 255."""
    model = onnx.load(str(SHIPPED_READER / GRAPH), load_external_data=False)
    constants = {t.name: t for t in model.graph.initializer if t.data_location == 0}
    weights = load_file(SHIPPED_READER / "model.safetensors")
    made = {node.output[0]: node for node in model.graph.node}
    rounded = [node for node in model.graph.node if node.op_type == "QuantizeLinear"]
    assert len(rounded) == 6 * 6
    for node in rounded:
        name = made[node.input[0]].input[0].partition(":")[2]
        scales = numpy_helper.to_array(constants[node.input[1]]).astype(np.float32)
        numbers = np.round(weights[name].float().numpy() / scales[:, None])
        pairs = np.abs(numbers).reshape(len(scales), -1, 2).sum(axis=2)
        assert pairs.max() * (2 * MIDDLE - 1) < 2**15
        assert pairs.max() > 100


def test_bytes_mean_what_torch_takes_them_for() -> None:
    expected = torch.arange(256, dtype=torch.uint8).view(torch.float8_e4m3fn).float().numpy()
    np.testing.assert_array_equal(float8(), expected)


def test_what_is_not_known_is_refused(tiny: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny, tmp_path / "other"))
    config = (folder / "config.json").read_text("utf-8")
    (folder / "config.json").write_text(config.replace('"gelu"', '"relu"'), "utf-8")
    with pytest.raises(ValueError, match="relu"):
        write(folder)
    (folder / "modules.json").write_text('[{"path": "", "type": "x.Dense"}]', "utf-8")
    with pytest.raises(ValueError, match="Dense"):
        write(folder)
