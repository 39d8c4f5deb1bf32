#include "data/store/shards.h"

#include <fmt/format.h>

#include <algorithm>

#include "data/recipe/record.h"
#include "data/store/journal.h"
#include "data/store/tar.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/core/json.h"

namespace facemat {

void to_json(nlohmann::json& json, const PackedSample& s) {
  json = {{"shard", s.shard},   {"split", s.split},     {"name", s.name},  {"still", s.still},
          {"frames", s.frames}, {"classes", s.classes}, {"files", s.files}};
  if (s.covered) json["covered"] = *s.covered;
}
void from_json(const nlohmann::json& json, PackedSample& s) {
  json.at("shard").get_to(s.shard), json.at("split").get_to(s.split), json.at("name").get_to(s.name);
  json.at("still").get_to(s.still), json.at("frames").get_to(s.frames), json.at("classes").get_to(s.classes);
  json.at("files").get_to(s.files);
  if (json.contains("covered")) s.covered = json.at("covered").get<double>();
}

namespace {

constexpr int64_t kMostRecord = int64_t{64} << 20;  // bytes of a json file; most have a few thousand

// What WebDataset groups files by: their name up to the first dot.
std::string key_of(const std::string& name) { return name.substr(0, name.find('.')); }

PackedSample sample_of(const TarFile& tar, const fs::path& shard, const std::string& key,
                       const std::vector<TarMember>& members) {
  const std::string where = shard.string() + ": " + key;
  PackedSample sample;
  sample.shard = shard.filename().string();
  for (const TarMember& member : members) {
    sample.files[member.name] = {member.offset, member.size};
    if (member.name != key + ".json") continue;
    const SampleRecord record = record_from_json(tar.read(member, kMostRecord), where);
    const Recipe& recipe = record.recipe;
    sample.split = recipe.split, sample.name = recipe.name;
    sample.still = recipe.still, sample.frames = recipe.frames;
    sample.classes = occluder_classes(recipe), sample.covered = record.measured.covered_share;
  }
  require(!sample.name.empty(), "{}: its files lack {}.json (a line of manifest.jsonl)", where, key);
  return sample;
}

}  // namespace

std::string member_name(const std::string& sample, bool still, const std::string& kind, int frame,
                        const std::string& extension) {
  return still ? fmt::format("{}.{}{}", sample, kind, extension) : fmt::format("{}.{:04}.{}{}", sample, frame, kind, extension);
}

std::vector<PackedSample> scan_shard(const fs::path& shard) {
  const TarFile tar(shard);
  std::vector<TarMember> members = tar.members();
  const auto left_over = [](const TarMember& member) { return has_left_over(member.name); };
  members.erase(std::remove_if(members.begin(), members.end(), left_over), members.end());
  std::vector<PackedSample> samples;
  for (auto begin = members.begin(); begin != members.end();) {
    const std::string key = key_of(begin->name);
    auto end = begin;
    while (end != members.end() && key_of(end->name) == key) ++end;
    samples.push_back(sample_of(tar, shard, key, {begin, end}));
    begin = end;
  }
  return samples;
}

std::string packed_to_json(const PackedSample& sample) { return nlohmann::json(sample).dump(); }

PackedSample packed_from_json(const std::string& line, const std::string& where) {
  PackedSample sample;
  try {
    sample = parse_json(line).get<PackedSample>();
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged line: {}", where, error.what());
  }
  const bool plain = fs::path(sample.shard).filename() == sample.shard && fs::path(sample.shard).extension() == ".tar";
  require(plain, "{}: '{}' is not the plain name of a tar file", where, sample.shard);
  require(is_plain_name(sample.name) && is_plain_name(sample.split), "{}: not a plain sample name", where);
  require(sample.frames >= 1 && static_cast<size_t>(sample.frames) <= sample.files.size(), "{}: {} frames in {} files", where,
          sample.frames, sample.files.size());
  return sample;
}

void for_each_packed(const fs::path& folder, const std::function<void(const PackedSample&)>& use) {
  const fs::path index = folder / kShardIndex;
  if (!fs::exists(index)) {
    for (const fs::path& shard : list_files(folder, {".tar"}))
      for (const PackedSample& sample : scan_shard(shard)) use(sample);
    return;
  }
  LineReader reader(index);
  LineReader::Line line;
  for (int64_t number = 1; reader.next(line); ++number)
    use(packed_from_json(line.text, fmt::format("{}:{}", index.string(), number)));
}

}  // namespace facemat
