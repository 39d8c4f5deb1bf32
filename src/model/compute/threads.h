#pragma once

namespace facemat {

// Computes with `threads` CPU threads (1 or more) in LibTorch, and with one in OpenBLAS where LibTorch's matrix products are
// its: OpenBLAS keeps threads of its own that spin while they wait, and two such pools on the same cores slow each other down
// many times. To be called before the first computation.
void set_libtorch_threads(int threads);

}  // namespace facemat
