#include "data/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "src/core/config.h"
#include "src/core/error.h"

namespace facemat {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Ingredient, source, item, licence, occluder_class)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SampleRecord, split, name, index, frames, still, face, occluders, degradation, face_share,
                                   covered_share, soft_share, recomposition, hashes)

void fields(FieldVisitor& visit, DatasetInfo& info) {
  visit("layout", info.layout, "version of this folder's layout", {1, 1});
  visit("version", info.version, "of the toolkit that made it");
  visit("alpha_convention", info.alpha_convention, "what alpha 1 means", {"visible_face"});
  visit("licence", info.licence, "of the sources");
  visit("samples", info.samples, "stills and clips", {0, 1e9});
  visit("frames", info.frames, "pictures in all", {0, 1e9});
  visit.group("config", info.config, "the settings it was made with");
}

std::string record_to_json(const SampleRecord& record) { return nlohmann::json(record).dump(); }

SampleRecord record_from_json(const std::string& line, const std::string& where) {
  try {
    const auto record = nlohmann::json::parse(line).get<SampleRecord>();
    require(record.frames >= 1 && record.frames <= 100000, "{}: {} frames (allowed: 1 to 100000)", where, record.frames);
    const bool plain =
        record.name.find_first_of("/\\.") == std::string::npos && record.split.find_first_of("/\\.") == std::string::npos;
    require(plain && !record.name.empty() && !record.split.empty(), "{}: not a plain sample name", where);
    return record;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged line: {}", where, error.what());
  }
}

fs::path frame_path(const fs::path& root, const SampleRecord& record, const std::string& kind, int frame,
                    const std::string& extension) {
  const fs::path folder = root / record.split / kind;
  return record.still ? folder / (record.name + extension) : folder / record.name / fmt::format("{:04}{}", frame, extension);
}

}  // namespace facemat
