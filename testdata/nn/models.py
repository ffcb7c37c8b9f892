"""Writes the models of this folder, an input for each, and what onnxruntime makes of it.

    python3 models.py            (wants the packages onnx, numpy and onnxruntime)

NAME.onnx is the model, NAME.in and NAME.want are the elements of its first input and output,
little-endian. Weights are random, from a seed.
"""
import os

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

here = os.path.dirname(os.path.abspath(__file__))
random = np.random.default_rng(20170)


def weights(name, *shape):
    scale = 1 / np.sqrt(np.prod(shape[1:]) if len(shape) > 1 else 1)
    return numpy_helper.from_array((random.standard_normal(shape) * scale).astype(np.float32), name)


def ints(name, *values):
    return numpy_helper.from_array(np.array(values, np.int64), name)


def write(name, nodes, shape_in, shape_out, initializers, batch=1, sizes={}):
    graph = helper.make_graph(
        nodes, name,
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch"] + shape_in)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch"] + shape_out)],
        initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="models.py")
    onnx.checker.check_model(model, full_check=True)
    path = os.path.join(here, name)
    onnx.save(model, path + ".onnx")
    x = random.standard_normal([batch] + [sizes.get(d, d) for d in shape_in]).astype(np.float32)
    session = onnxruntime.InferenceSession(path + ".onnx", providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": x})
    x.astype("<f4").tofile(path + ".in")
    y.astype("<f4").tofile(path + ".want")


node = helper.make_node

# Two layers over four features, and the probabilities of three classes.
write("mlp", [
    node("Gemm", ["x", "w1", "b1"], ["h1"]),
    node("Relu", ["h1"], ["h2"]),
    node("Gemm", ["h2", "w2", "b2"], ["h3"], transB=1),
    node("Softmax", ["h3"], ["y"], axis=1),
], [4], [3], [weights("w1", 4, 16), weights("b1", 16), weights("w2", 3, 16), weights("b2", 3)], batch=2)

# Convolutions as in the usual network for the digits of MNIST, 28 by 28.
write("cnn", [
    node("Conv", ["x", "k1", "b1"], ["c1"], kernel_shape=[5, 5], auto_pad="SAME_UPPER"),
    node("Relu", ["c1"], ["r1"]),
    node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
    node("Conv", ["p1", "k2", "b2"], ["c2"], kernel_shape=[5, 5], auto_pad="SAME_UPPER"),
    node("BatchNormalization", ["c2", "scale", "shift", "mean", "variance"], ["n2"]),
    node("Relu", ["n2"], ["r2"]),
    node("MaxPool", ["r2"], ["p2"], kernel_shape=[3, 3], strides=[3, 3]),
    node("Reshape", ["p2", "flat"], ["f"]),
    node("MatMul", ["f", "w"], ["d"]),
    node("Add", ["d", "b"], ["y"]),
], [1, 28, 28], [10], [
    weights("k1", 8, 1, 5, 5), weights("b1", 8), weights("k2", 16, 8, 5, 5), weights("b2", 16),
    numpy_helper.from_array(np.ones(16, np.float32), "scale"), weights("shift", 16), weights("mean", 16),
    numpy_helper.from_array(np.linspace(0.5, 2, 16).astype(np.float32), "variance"),
    ints("flat", 0, 256), weights("w", 256, 10), weights("b", 10),
])

# A transformer block: attention with two heads over sequences of vectors of 16, and two
# layers, with normalizations before and sums behind each.
dim, heads = 16, 2


def norm(x, y, scale, bias):
    return [node("LayerNormalization", [x, scale, bias], [y], axis=-1, epsilon=1e-5)]


def heads_of(x, part):
    return [
        node("MatMul", [x, "w" + part], [part + "1"]),
        node("Add", [part + "1", "b" + part], [part + "2"]),
        node("Reshape", [part + "2", "parted"], [part + "3"]),
        node("Transpose", [part + "3"], [part], perm=[0, 2, 3, 1] if part == "k" else [0, 2, 1, 3]),
    ]


write("transformer", [
    *norm("x", "n1", "s1", "t1"),
    *heads_of("n1", "q"), *heads_of("n1", "k"), *heads_of("n1", "v"),
    node("MatMul", ["q", "k"], ["scores"]),
    node("Mul", ["scores", "unit"], ["scaled"]),
    node("Softmax", ["scaled"], ["attention"], axis=-1),
    node("MatMul", ["attention", "v"], ["mixed"]),
    node("Transpose", ["mixed"], ["mixed1"], perm=[0, 2, 1, 3]),
    node("Reshape", ["mixed1", "joined"], ["mixed2"]),
    node("MatMul", ["mixed2", "wo"], ["projected"]),
    node("Add", ["x", "projected"], ["a"]),
    *norm("a", "n2", "s2", "t2"),
    node("MatMul", ["n2", "w1"], ["h1"]),
    node("Add", ["h1", "b1"], ["h2"]),
    # The exact GELU, as exporters wrote it before there was an operator for it.
    node("Div", ["h2", "root2"], ["e1"]), node("Erf", ["e1"], ["e2"]), node("Add", ["e2", "one"], ["e3"]),
    node("Mul", ["h2", "e3"], ["e4"]), node("Mul", ["e4", "half"], ["h3"]),
    node("MatMul", ["h3", "w2"], ["h4"]),
    node("Add", ["a", "h4"], ["y"]),
], ["length", dim], ["length", dim], [
    *[weights(n, dim) for n in ("s1", "t1", "s2", "t2", "bq", "bk", "bv")],
    *[weights(n, dim, dim) for n in ("wq", "wk", "wv", "wo")],
    weights("w1", dim, 4 * dim), weights("b1", 4 * dim), weights("w2", 4 * dim, dim),
    ints("parted", 0, 0, heads, dim // heads), ints("joined", 0, 0, dim),
    *[numpy_helper.from_array(np.array(v, np.float32), n) for n, v in
      (("unit", (dim / heads) ** -0.5), ("root2", 2 ** 0.5), ("one", 1), ("half", 0.5))],
], sizes={"length": 5})

# One without an output to compare, which docs/NN.md has in base64.
vector = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [None])
onnx.save(helper.make_model(
    helper.make_graph([helper.make_node("Relu", ["x"], ["y"])], "", [vector("x")], [vector("y")]),
    opset_imports=[helper.make_opsetid("", 17)], ir_version=8), os.path.join(here, "relu.onnx"))
