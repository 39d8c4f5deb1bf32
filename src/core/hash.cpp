#include "src/core/hash.h"

#include <fmt/format.h>

namespace facemat {

std::string hash_text(uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace facemat
