// Shards: tar files of samples, without their index. Checksums are set right in a second reading.

#include "data/store/tar.h"

#include <fmt/format.h>

#include "data/recipe/record.h"
#include "data/store/shards.h"
#include "src/core/error.h"
#include "tests/fuzz/targets.h"

namespace facemat {
namespace {

constexpr size_t kBlock = 512, kSumAt = 148, kSumLength = 8;

void set_checksum(std::string& tar, size_t block) {
  for (size_t i = 0; i < kSumLength; ++i) tar[block + kSumAt + i] = ' ';
  int sum = 0;
  for (size_t i = 0; i < kBlock; ++i) sum += static_cast<uint8_t>(tar[block + i]);
  tar.replace(block + kSumAt, 7, fmt::format("{:06o}", sum) + '\0');
}

std::string member(const std::string& name, const std::string& content, char type = '0') {
  std::string out(kBlock, '\0');
  out.replace(0, name.size(), name);
  out.replace(124, 11, fmt::format("{:011o}", content.size()));
  out.replace(257, 5, "ustar"), out.replace(263, 2, "00");
  out[156] = type;
  set_checksum(out, 0);
  return out + content + std::string((kBlock - content.size() % kBlock) % kBlock, '\0');
}

// With the right checksum in every block that says it is a header.
std::string repaired(std::string tar) {
  for (size_t at = 0; at + kBlock <= tar.size(); at += kBlock)
    if (tar.compare(at + 257, 5, "ustar") == 0) set_checksum(tar, at);
  return tar;
}

std::vector<FuzzSeed> seeds() {
  SampleRecord record;
  record.recipe.split = "train", record.recipe.name = "000001";
  const std::string end(2 * kBlock, '\0'), line = record_to_json(record);
  return {{"sample", member("000001.alpha.png", "png") + member("000001.json", line) + end},
          {"folder_and_link", member("folder/", "", '5') + member("link", "", '2') + end},
          {"no_end", member("a.txt", "text"), true},
          {"no_record", member("000001.alpha.png", "png") + end, true},
          {"larger_than_the_file", member("000001.json", line).substr(0, kBlock), true}};
}

void read_all(const std::string& bytes) {
  const fs::path file = as_file("shard.tar", bytes);
  const TarFile tar(file);
  for (const TarMember& found : tar.members()) tar.read(found, 1 << 20);
  scan_shard(file);
}

void read(const std::string& bytes) {
  try {
    read_all(repaired(bytes));
  } catch (const Error&) {  // as damaged as it was made up
  }
  read_all(bytes);
}

}  // namespace

FuzzTarget tar_target() { return {"tar", "data/store/tar.h", 8192, seeds, read}; }

}  // namespace facemat
