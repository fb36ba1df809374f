"""Models of ONNX as graphs of operations: each operator by the meaning that its version has, images channels last."""
