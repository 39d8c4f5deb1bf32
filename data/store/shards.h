#pragma once
// Packed samples (packer.h) found again: which there are, and where in which tar file each of their files lies.
//
// index.jsonl states that in one line a sample, so that opening a set of shards reads no tar file:
//
//   {"shard":"train-000000.tar","split":"train","name":"000013","still":false,"frames":2,"classes":["hand"],"covered":0.31,
//    "files":{"000013.0000.alpha.png":[512,1234],...,"000013.json":[9216,3456]}}      byte and length of the content
//
// Shards without it, packed by others in the same layout, are found out by their headers.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace facemat {

namespace fs = std::filesystem;

inline constexpr const char* kShardIndex = "index.jsonl";

struct PackedSample {
  std::string shard;  // name of the tar file, which lies beside the index
  std::string split, name;
  bool still = true;
  int frames = 1;
  std::vector<std::string> classes;                          // of its occluders
  std::optional<double> covered = {};                        // share of the face that is covered; older indexes do not tell
  std::map<std::string, std::pair<int64_t, int64_t>> files;  // by their names in the tar file: byte and length
};

// The name of a sample's file in its tar file: "000012.image.jpg", of clips "000013.0003.image.jpg". `extension` with dot.
std::string member_name(const std::string& sample, bool still, const std::string& kind, int frame,
                        const std::string& extension);

// Calls `use` for every sample of the shards in `folder`, in their order: as the index states it, without index shard by shard
// in the order of their names. Throws Error naming file and line, or file and sample, where something is damaged or missing.
void for_each_packed(const fs::path& folder, const std::function<void(const PackedSample&)>& use);

// The samples of one shard by its headers and json files.
std::vector<PackedSample> scan_shard(const fs::path& shard);

// A line of the index, and back. Throws Error, prefixed by `where`, on a malformed line.
std::string packed_to_json(const PackedSample& sample);
PackedSample packed_from_json(const std::string& line, const std::string& where);

}  // namespace facemat
