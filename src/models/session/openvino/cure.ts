/** How one gets OpenVINO, in one line. */
export const cure =
  'pip install --upgrade openvino, in a Python environment that is active; or let the environment say TIASTREAM_OPENVINO=<its folder openvino/libs>'
