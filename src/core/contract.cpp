#include "src/core/contract.h"

#include <set>

#include "src/core/error.h"
#include "src/core/json.h"
#include "src/core/text.h"

namespace facemat {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelState, input, output)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelGuide, name, input)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ModelContract, version, network, polarity, image_input, colour_order, range_low, range_high,
                                   size_multiple, guides, alpha_output, uncertainty_output, ratio_input, ratio, states,
                                   train_size, weights_hash, data_licence, sealed)

namespace {

void check_guides(const std::vector<ModelGuide>& guides, const std::string& where) {
  std::set<std::string> names;
  for (const ModelGuide& guide : guides) {
    find_entry(guide_table(), &GuideEntry::name, guide.name, where + ": contract guide");
    require(names.insert(guide.name).second, "{}: contract guide '{}' is there twice", where, guide.name);
  }
}

}  // namespace

const std::vector<GuideEntry>& guide_table() {
  static const std::vector<GuideEntry> table = {
      {"trimap", "where it is background, face, or unknown", GuideKind::kTrimap, 0},
      {"hint", "a rough alpha, such as a mask", GuideKind::kShare, 1},
      {"background", "the picture without the foreground", GuideKind::kColours, 2},
      {"segmentation", "a soft segmentation of the foreground", GuideKind::kShare, 3},
  };
  return table;
}

const GuideEntry& find_guide(const std::string& name) { return find_entry(guide_table(), name, "guide"); }

std::string contract_to_json(const ModelContract& contract) { return JsonTree(contract)->dump(); }

ModelContract contract_from_json(const std::string& text, const std::string& where) {
  ModelContract contract;
  try {
    const JsonTree json(parse_json(text));
    const int version = json->at("version").get<int>();  // before all else: other versions have other keys
    require(version == kContractVersion, "{}: contract version {} (known: {}; export the model again)", where, version,
            kContractVersion);
    const JsonTree known(ModelContract{});
    for (const auto& [key, value] : json->items()) require(known->contains(key), "{}: unknown contract key '{}'", where, key);
    contract = json->get<ModelContract>();
  } catch (const nlohmann::json::exception& error) {
    fail("{}: the model contract cannot be read: {}", where, error.what());
  }
  require(contract.polarity == "visible_face" || contract.polarity == "occluder",
          "{}: contract polarity '{}' (known: visible_face, occluder)", where, contract.polarity);
  require(contract.colour_order == "rgb" || contract.colour_order == "bgr", "{}: contract colour_order '{}' (known: rgb, bgr)",
          where, contract.colour_order);
  require(contract.range_low < contract.range_high, "{}: contract range {}..{} is empty", where, contract.range_low,
          contract.range_high);
  require(contract.size_multiple >= 1 && contract.size_multiple <= 4096, "{}: contract size_multiple {} (allowed: 1..4096)",
          where, contract.size_multiple);
  require(contract.train_size == 0 || (contract.train_size >= 16 && contract.train_size <= 16384),
          "{}: contract train_size {} (allowed: 0, or 16..16384)", where, contract.train_size);
  check_guides(contract.guides, where);
  require(contract.ratio > 0 && contract.ratio <= 1, "{}: contract ratio {} (allowed: above 0, at most 1)", where,
          contract.ratio);
  return contract;
}

}  // namespace facemat
