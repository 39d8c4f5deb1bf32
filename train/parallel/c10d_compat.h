#pragma once
// What of LibTorch's process groups (c10d) differs between 1.13 and 2.6, and between builds with and without Gloo and NCCL:
//   FACEMAT_GLOO, FACEMAT_NCCL   defined where that process group can be used
//   CollectiveGroup              the class both derive from: ProcessGroup in 1.13, Backend since 2.0
//   use_plain_server             for the options of TCPStore

#include <torch/torch.h>

// The group's header needs Gloo's own, which LibTorch does not bring (Debian: libgloo-dev).
#if defined(USE_C10D_GLOO) && __has_include(<gloo/context.h>)
#define FACEMAT_GLOO
#endif
#if defined(FACEMAT_GLOO) && defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define FACEMAT_NCCL
#endif

#ifdef FACEMAT_GLOO

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#include <type_traits>
#ifdef FACEMAT_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace facemat {

using CollectiveGroup =
    std::conditional_t<std::is_base_of_v<c10d::ProcessGroup, c10d::ProcessGroupGloo>, c10d::ProcessGroup, c10d::Backend>;

// LibTorch 2 would serve the store by libuv, and fail where it was built without (Debian 13).
template <typename Options>
auto use_plain_server(Options& options, int) -> decltype(options.useLibUV, void()) {
  options.useLibUV = false;
}
template <typename Options>
void use_plain_server(Options&, long) {}
inline void use_plain_server(c10d::TCPStoreOptions& options) { use_plain_server(options, 0); }

}  // namespace facemat

#endif  // FACEMAT_GLOO
