#include "data/recipe/record.h"

#include <nlohmann/json.hpp>

#include "data/recipe/recipe_json.h"
#include "src/core/error.h"

namespace facemat {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Measured, face_share, covered_share, soft_share, recomposition)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Rejections, reasons, bad_files)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(SampleRecord, recipe, measured, rejections, hashes)

std::string record_to_json(const SampleRecord& record) {
  try {
    return nlohmann::json(record).dump();
  } catch (const nlohmann::json::type_error&) {
    fail("sample {}: a file name of its sources is not UTF-8 (rename the file)", record.recipe.name);
  }
}

SampleRecord record_from_json(const std::string& line, const std::string& where) {
  try {
    auto record = nlohmann::json::parse(line).get<SampleRecord>();
    check(record.recipe, where);
    return record;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged line: {}", where, error.what());
  }
}

}  // namespace facemat
