#include "data/manifest.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "data/recipe_json.h"
#include "src/core/config.h"
#include "src/core/error.h"

namespace facemat {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Measured, face_share, covered_share, soft_share, recomposition)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Rejections, reasons, bad_files)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SampleRecord, recipe, measured, rejections, hashes)

void fields(FieldVisitor& visit, DatasetInfo& info) {
  visit("layout", info.layout, "version of this folder's layout", {2, 2});
  visit("version", info.version, "of the toolkit that made it");
  visit("alpha_convention", info.alpha_convention, "what alpha 1 means", {"visible_face"});
  visit("licence", info.licence, "of the sources");
  visit("samples", info.samples, "stills and clips", {0, 1e9});
  visit("frames", info.frames, "pictures in all", {0, 1e9});
  visit("rejected", info.rejected, "draws that covered too little or too much of the face", {0, 1e9});
  visit("replaced", info.replaced, "draws with a file that could not be used", {0, 1e9});
  visit.group("config", info.config, "the settings it was made with");
}

std::string record_to_json(const SampleRecord& record) {
  try {
    return nlohmann::json(record).dump();
  } catch (const nlohmann::json::type_error&) {
    fail("sample {}: a file name of its sources is not UTF-8 (rename the file)", record.recipe.name);
  }
}

SampleRecord record_from_json(const std::string& line, const std::string& where) {
  try {
    const auto record = nlohmann::json::parse(line).get<SampleRecord>();
    check(record.recipe, where);
    return record;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged line: {}", where, error.what());
  }
}

fs::path frame_path(const fs::path& root, const Recipe& sample, const std::string& kind, int frame,
                    const std::string& extension) {
  const fs::path folder = root / sample.split / kind;
  return sample.still ? folder / (sample.name + extension) : folder / sample.name / fmt::format("{:04}{}", frame, extension);
}

}  // namespace facemat
