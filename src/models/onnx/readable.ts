/** In which types of numbers answers are read: those that JavaScript has arrays of, and half precision. */

const packed = ['int2', 'uint2', 'int4', 'uint4', 'float4e2m1']
const others = ['bfloat16', 'float8e4m3fn', 'float8e4m3fnuz', 'float8e5m2', 'float8e5m2fnuz', 'float8e8m0', 'complex64', 'complex128']

/** By ONNX's name in lower case. What is packed takes the process down where onnxruntime-node is asked for it. */
export const isReadable = (type: string): boolean => !packed.includes(type) && !others.includes(type)

export const unreadable = 'which is not read: export it with an output of float32 or float16 (a Cast at its end)'
