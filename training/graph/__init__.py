"""The shipped models as ONNX graphs over their own weights."""
