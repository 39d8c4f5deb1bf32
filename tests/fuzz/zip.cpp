// Zip archives, as PyTorch writes them.

#include "src/model/weights/zip.h"

#include "tests/fuzz/targets.h"
#include "tests/src/model/weights/plain_zip.h"

namespace facemat {
namespace {

std::vector<FuzzSeed> seeds() {
  PlainZip commented, empty, beyond;
  commented.comment = "a comment";
  empty.data.clear(), empty.size = empty.full_size = 0, empty.checksum = 0, empty.directory = 33;
  beyond.directory = 0xfffffff0;
  return {{"one_record", PlainZip().bytes()},
          {"commented", commented.bytes()},
          {"empty_record", empty.bytes()},
          {"directory_beyond_the_end", beyond.bytes(), true}};
}

void read(const std::string& bytes) {
  const ZipArchive archive(bytes, "zip");
  for (const auto& [name, record] : archive.records()) archive.read(name);
}

}  // namespace

FuzzTarget zip_target() { return {"zip", "src/model/weights/zip.h", 2048, seeds, read}; }

}  // namespace facemat
