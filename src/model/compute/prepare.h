#pragma once

#include <string>

namespace facemat {

// Prepares LibTorch for the CPU; to be called before the first computation of the process. Returns a warning for the user, or
// ""; later calls change the number of threads alone.
//
// It computes with `threads` threads (1 or more), and with one in OpenBLAS where LibTorch's matrix products are its: OpenBLAS
// keeps threads of its own that spin while they wait, and two such pools on the same cores slow each other down many times.
//
// Where its convolutions are wrong on this processor (convolutions.h), it is held to SSE4.1, and that is the warning. Throws
// Error if they are wrong even so.
std::string prepare_libtorch(int threads);

}  // namespace facemat
