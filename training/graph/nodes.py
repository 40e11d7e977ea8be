"""A graph as its nodes are added, over weights that stay where they are."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.models.graph import stamp

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


WEIGHTS = "model.safetensors"
MICROSOFT = "com.microsoft"
OPSETS = {"": 21, MICROSOFT: 1}
IR_VERSION = 10
INPUTS = ("input_ids", "attention_mask")


@dataclass(frozen=True)
class Place:
    """Where a tensor lies in a safetensors file: its kind, shape, offset and length in bytes."""

    kind: str
    shape: list[int]
    offset: int
    length: int


def places(file: Path) -> dict[str, Place]:
    """Of each tensor in a safetensors file, by its name."""
    with file.open("rb") as stream:
        (size,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(size))
    return {
        name: Place(said["dtype"], said["shape"], 8 + size + begin, end - begin)
        for name, said in header.items()
        if name != "__metadata__"
        for begin, end in [said["data_offsets"]]
    }


@dataclass
class Graph:
    """Nodes and weights of a model in ``folder``; names are of the file that is open."""

    folder: Path
    location: str = WEIGHTS
    prefix: str = ""
    nodes: list[Any] = field(default_factory=list)
    tensors: dict[str, Any] = field(default_factory=dict)
    files: dict[str, dict[str, Place]] = field(default_factory=dict)
    exact: set[str] = field(default_factory=set)

    def open(self, location: str, prefix: str = "") -> None:
        """Take weights from the file ``location`` of the folder, of names behind ``prefix``."""
        self.files.setdefault(location, places(self.folder / location))
        self.location, self.prefix = location, prefix

    def place(self, name: str) -> Place:
        """Where a weight lies."""
        return self.files[self.location][self.prefix + name]

    def add(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output; returns that output's name."""
        return self.split(kind, *inputs, domain=domain, outputs=1, **attributes)[0]

    def split(
        self, kind: str, *inputs: str, outputs: int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """A node with several outputs; returns their names."""
        from onnx import helper

        names = [f"{kind}_{len(self.nodes)}_{number}" for number in range(outputs)]
        node = helper.make_node(kind, list(inputs), names, domain=domain, **attributes)
        self.nodes.append(node)
        return names

    def weight(self, name: str) -> str:
        """The tensor called ``name`` in the file, widened to float32 when the graph is opened."""
        from onnx import TensorProto

        return self.add("Cast", self.raw(name), to=TensorProto.FLOAT)

    def raw(self, name: str, *, as_bytes: bool = False) -> str:
        """The tensor called ``name`` as it is kept; its bytes, if so."""
        from onnx import TensorProto

        place = self.place(name)
        own = f"{self.location}:{self.prefix}{name}"
        if own not in self.tensors:
            tensor = TensorProto()
            tensor.name = own
            tensor.dims.extend(place.shape)
            tensor.data_type = {
                "F32": TensorProto.FLOAT,
                "F16": TensorProto.FLOAT16,
                "BF16": TensorProto.BFLOAT16,
                "F8_E4M3": TensorProto.UINT8 if as_bytes else TensorProto.FLOAT8E4M3FN,
            }[place.kind]
            tensor.data_location = TensorProto.EXTERNAL
            where = {"location": self.location, "offset": place.offset, "length": place.length}
            for key, value in where.items():
                entry = tensor.external_data.add()
                entry.key, entry.value = key, str(value)
            self.tensors[own] = tensor
        return own

    def values(self, name: str) -> NDArray[np.float32]:
        """The tensor called ``name``, for what the graph is to know of it.

        The graph then holds for the weights of this very file alone.
        """
        from safetensors import safe_open

        self.exact.add(self.location)
        with safe_open(self.folder / self.location, framework="pt") as weights:
            found: NDArray[np.float32] = weights.get_tensor(self.prefix + name).float().numpy()
        return found

    def constant(self, values: Any, kind: str = "float32") -> str:
        """A small tensor of the graph's own."""
        import numpy as np
        from onnx import numpy_helper

        array = np.asarray(values, dtype=kind)
        name = f"constant {kind} {array.shape} {hashlib.sha256(array.tobytes()).hexdigest()[:16]}"
        self.tensors.setdefault(name, numpy_helper.from_array(array, name))
        return name

    def model(self, **outputs: tuple[str, list[str | int]]) -> Any:
        """The whole as an ONNX model; ``outputs`` are (node's output, shape) by their names."""
        from onnx import TensorProto, helper

        for name, (inner, _) in outputs.items():
            self.nodes.append(helper.make_node("Identity", [inner], [name]))
        inputs = [
            helper.make_tensor_value_info(name, TensorProto.INT64, ["rows", "pieces"])
            for name in INPUTS
        ]
        given = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, (_, shape) in outputs.items()
        ]
        model = helper.make_model(
            helper.make_graph(self.nodes, "model", inputs, given, list(self.tensors.values())),
            opset_imports=[helper.make_opsetid(*opset) for opset in OPSETS.items()],
            ir_version=IR_VERSION,
        )
        helper.set_model_props(model, self._stamps())
        return model

    def _stamps(self) -> dict[str, str]:
        """What each file of weights must be for the graph to hold."""
        return {
            location: stamp(self.folder / location, exact=location in self.exact)
            for location in self.files
        }
