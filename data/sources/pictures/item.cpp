#include "data/sources/pictures/item.h"

#include "src/core/file.h"
#include "src/core/hash.h"

namespace facemat {

std::string content_hash(const Item& item) {
  if (item.files.empty()) return "";
  uint64_t hash = kHashStart;
  for (const fs::path& file : item.files) hash = hash_bytes(read_file(file), hash);
  return hash_text(hash);
}

}  // namespace facemat
