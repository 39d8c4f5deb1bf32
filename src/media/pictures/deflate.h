#pragma once
// Streams as PNG files hold them (RFC 1950), by zlib, within bounds.

#include <cstddef>
#include <string>
#include <string_view>

namespace facemat {

// What `stream` holds; bytes behind its end are ignored. Throws Error if it is damaged or cut off, or if it holds more than
// `most` bytes: no more than these are ever made, however little of a file asks for them.
std::string inflated(std::string_view stream, size_t most);

// `data` as such a stream.
std::string deflated(std::string_view data);

}  // namespace facemat
