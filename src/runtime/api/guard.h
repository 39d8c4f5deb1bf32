#pragma once
// How the functions of the C API end: with a status and a message, never with an exception.

#include <cstddef>
#include <cstdint>
#include <new>
#include <opencv2/core.hpp>
#include <vector>

#include "src/core/error.h"
#include "src/runtime/api/facemat.h"
#include "src/runtime/api/images.h"

namespace facemat::api {

inline constexpr const char* kNoMemory = "not enough memory";

// Notes `message` for fm_last_error() of this thread and returns `status`.
fm_status failed(fm_status status, const char* message) noexcept;

// Runs `body`; whatever it throws becomes a status and a message.
template <typename Body>
fm_status guarded(Body body) noexcept {
  try {
    body();
    return FM_OK;
  } catch (const ArgumentError& error) {
    return failed(FM_ERROR_ARGUMENT, error.what());
  } catch (const MemoryError& error) {
    return failed(FM_ERROR_MEMORY, error.what());
  } catch (const Error& error) {
    return failed(FM_ERROR_FAILED, error.what());
  } catch (const std::bad_alloc&) {
    return failed(FM_ERROR_MEMORY, kNoMemory);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) return failed(FM_ERROR_MEMORY, kNoMemory);
    return failed(FM_ERROR_INTERNAL, error.err.c_str());
  } catch (const std::exception& error) {
    if (tells_of_memory(error.what())) return failed(FM_ERROR_MEMORY, kNoMemory);
    return failed(FM_ERROR_INTERNAL, error.what());
  } catch (...) {
    return failed(FM_ERROR_INTERNAL, "an exception of an unknown type");
  }
}

// What `body` returns; 0 or NULL where it cannot.
template <typename Result, typename Body>
Result or_nothing(Body body) noexcept {
  Result out{};
  guarded([&] { out = body(); });
  return out;
}

// The text of an entry of a table; NULL for an index outside it.
template <typename Entry, typename Text>
const char* name_at(const std::vector<Entry>& table, int32_t index, Text text) {
  return index >= 0 && static_cast<size_t>(index) < table.size() ? text(table[index]) : nullptr;
}

}  // namespace facemat::api
