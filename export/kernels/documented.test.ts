import { describe, expect, it } from 'vitest';
import { operators } from '../operators.ts';
import { readDocument } from './documented.ts';

/** In the form of onnxruntime's docs/OperatorKernels.md, with two providers and rows of every kind. */
const document = `## Supported Operators and Data Types
## Operators implemented by CPUExecutionProvider

| Op Name | Parameters | OpSet Version | Types Supported |
|---------|------------|---------------|-----------------|
|**Operator Domain:** *ai.onnx*||||
|Abs|*in* X:**T**<br> *out* Y:**T**|13+|**T** = tensor(int32)|
| |
| |

## Operators implemented by CUDAExecutionProvider

| Op Name | Parameters | OpSet Version | Types Supported |
|---------|------------|---------------|-----------------|
|**Operator Domain:** *ai.onnx*||||
|Abs|*in* X:**T**<br> *out* Y:**T**|14+|**T** = tensor(float)|
|||[13, 13]|**T** = tensor(int64)|
|Equal|*in* A:**T**<br> *in* B:**T**<br> *out* C:**T1**|13+|**T** = tensor(float), tensor(int32)<br/> **T1** = tensor(bool)|
|||[7, 12]|**T** = tensor(float), tensor(bool)|
|Gather|*in* data:**T**<br> *in* indices:**Tind**<br> *out* output:**T**|[11, 14]|**T** = tensor(float)<br/> **Tind** = tensor(int64)|
|MaxPool|*in* X:**T**<br> *out* Y:**T**<br><br>or<br><br>*in* X:**T**<br> *out* Y:**T**<br> *out* Indices:**I**|12|**I** = tensor(int64)<br/> **T** = tensor(float)|
|Reshape|*in* data:**T**<br> *in* shape:**tensor(int64)**<br> *out* reshaped:**T**|14+|**T** = tensor(float)|
|Shape|*in* data:**T**<br> *out* shape:**T1**|10+|**T** = tensor(float)<br/> **T1** = tensor(int64)|
| |
| |
|**Operator Domain:** *com.microsoft*||||
|Sub|*in* A:**T**<br> *in* B:**T**<br> *out* C:**T**|1+|**T** = tensor(float)|
`;

/** Versions that need not be right: what counts is which rows they meet. */
const since = Object.fromEntries(Object.keys(operators).map((name) => [name, 1]));
const versions = { Abs: 13, Equal: 13, Gather: 13, MaxPool: 12, Reshape: 14, Shape: 15 };

describe("the reader of onnxruntime's document", () => {
  const kernels = readDocument(document, 'CUDAExecutionProvider', { ...since, ...versions });

  it('takes the rows of the provider, the domain and the version', () => {
    expect(kernels['Abs']).toEqual({ 'int64 -> int64': '13-13' });
    expect(kernels['Equal']).toEqual({ 'float32 -> bool': '13+', 'int32 -> bool': '13+' });
    expect(kernels['Gather']).toEqual({ 'float32, int64 -> float32': '11-14' });
    expect(kernels['Reshape']).toEqual({ 'float32, int64 -> float32': '14+' });
    expect(kernels['Sub']).toBeUndefined();
  });

  it('takes every form of an operator', () => {
    expect(kernels['MaxPool']).toEqual({
      'float32 -> float32': '12-12',
      'float32 -> float32, int64': '12-12',
    });
  });

  it('matches an open range with its first version alone, as the runtime does', () => {
    expect(kernels['Shape']).toBeUndefined();
  });

  it('refuses a document without the provider', () => {
    expect(() => readDocument(document, 'DmlExecutionProvider', since)).toThrow(/DmlExecutionProvider/);
  });
});
