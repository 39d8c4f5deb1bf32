#include "data/recipe/record.h"

#include "data/recipe/recipe_json.h"
#include "src/core/error.h"
#include "src/core/json.h"

namespace facemat {

// What a line leaves out is what it was before there was another.
void to_json(nlohmann::json& json, const Measured& m) {
  json = {{"face_share", m.face_share},
          {"covered_share", m.covered_share},
          {"soft_share", m.soft_share},
          {"recomposition", m.recomposition}};
  if (m.trusted_share != Measured().trusted_share) json["trusted_share"] = m.trusted_share;
}
void from_json(const nlohmann::json& json, Measured& m) {
  m = {json.at("face_share").get<double>(), json.at("covered_share").get<double>(), json.at("soft_share").get<double>(),
       json.at("recomposition").get<double>(), json.value("trusted_share", Measured().trusted_share)};
}

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
    auto record = parse_json(line).get<SampleRecord>();
    check(record.recipe, where);
    return record;
  } catch (const nlohmann::json::exception& error) {
    fail("{}: damaged line: {}", where, error.what());
  }
}

}  // namespace facemat
