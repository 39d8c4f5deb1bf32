#include "src/runtime/api/guard.h"

#include <cstdio>

namespace facemat::api {
namespace {

// A plain array: the message of a failed allocation must not need one.
thread_local char last_error[1024] = "";

}  // namespace

fm_status failed(fm_status status, const char* message) noexcept {
  std::snprintf(last_error, sizeof(last_error), "%s", message);
  return status;
}

}  // namespace facemat::api

extern "C" const char* fm_last_error(void) { return facemat::api::last_error; }
