"""Writes the node tests of ONNX's own suite into a folder, for internal/onnx's TestSuite.

    python3 suite.py FOLDER      (wants the packages onnx and numpy)
    WAZEDGE_ONNX_SUITE=FOLDER go test ./internal/onnx -run TestSuite -v
"""
import os
import shutil
import sys

import numpy as np
import onnx
from onnx import numpy_helper
from onnx.backend.test.case.node import collect_testcases


def write(case, folder):
    os.makedirs(folder + "/test_data_set_0")
    onnx.save(case.model, folder + "/model.onnx")
    inputs, outputs = case.data_sets[0]
    for kind, values, described in (("input", inputs, case.model.graph.input), ("output", outputs, case.model.graph.output)):
        for i, value in enumerate(values):
            if isinstance(value, (np.ndarray, np.generic)):
                value = numpy_helper.from_array(np.asarray(value), described[i].name)
            if not isinstance(value, onnx.TensorProto):
                raise TypeError(type(value))
            with open(f"{folder}/test_data_set_0/{kind}_{i}.pb", "wb") as f:
                f.write(value.SerializeToString())


for case in collect_testcases(None):
    folder = os.path.join(sys.argv[1], case.name)
    if case.model is None or case.data_sets is None:
        continue
    try:
        write(case, folder)
    except TypeError:  # sequences and the like
        shutil.rmtree(folder)
