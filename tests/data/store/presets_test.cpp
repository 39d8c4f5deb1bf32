// Every preset of configs/data, unchanged but for the root, size and number of samples, makes a sound data set of the sources
// in their exact layouts. With $FACEMAT_SHEETS set to a folder, a contact sheet of each is written there.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "data/sources/pictures/listing.h"
#include "data/store/builder.h"
#include "data/store/checker.h"
#include "data/store/journal.h"
#include "data/store/preview.h"
#include "src/core/config.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "src/image/codec.h"
#include "tests/support/scratch.h"
#include "tests/support/silence.h"
#include "tests/support/source_trees.h"
#include "tests/support/test_data.h"

namespace facemat {
namespace {

std::vector<std::string> presets() {
  std::vector<std::string> names;
  for (const std::string folder : {"", "photographs/"})
    for (const fs::path& file : list_files(fs::path(FACEMAT_SOURCE_DIR) / "configs/data" / folder, {".yaml"}))
      names.push_back(folder + file.stem().string());
  return names;
}

// A preset's name without what neither tests nor files may be called.
std::string plain(std::string preset) {
  std::replace(preset.begin(), preset.end(), '/', '_');
  return preset;
}

constexpr int kStills = 14, kFrames = 3;

// A preset as it is, for the tiny sources.
DataConfig tiny(const std::string& preset, const fs::path& root) {
  const fs::path file = fs::path(FACEMAT_SOURCE_DIR) / "configs/data" / (preset + ".yaml");
  auto config = load_config<DataConfig>(file, {"root=" + root.string(), "size=192"});
  for (SplitConfig& split : config.splits) {
    const bool training = split.name == "train";
    split.frames = std::min(split.frames, kFrames);
    split.stills = std::min(split.stills, training ? kStills : 2);
    split.clips = std::min(split.clips, training ? split.stills > 0 ? 1 : 7 : 1);
  }
  return config;
}

std::vector<SampleRecord> records_of(const fs::path& dataset) {
  std::vector<SampleRecord> records;
  LineReader reader(dataset / "manifest.jsonl");
  LineReader::Line line;
  while (reader.next(line)) records.push_back(record_from_json(line.text, "manifest.jsonl"));
  return records;
}

// The sources are laid out once.
class Presets : public testing::TestWithParam<std::string> {
 protected:
  static void SetUpTestSuite() {
    const auto data = test_data("");
    if (!data) return;
    scratch_ = new Scratch;
    lay_out_sources(*data, *scratch_ / "datasets");
  }
  static void TearDownTestSuite() {
    delete scratch_;
    scratch_ = nullptr;
  }
  void SetUp() override {
    if (scratch_ == nullptr) GTEST_SKIP() << "no test data (shared/data)";
  }
  static Scratch* scratch_;
  Silence silence_;
};
Scratch* Presets::scratch_ = nullptr;

TEST_P(Presets, MakesASoundDataset) {
  const DataConfig config = tiny(GetParam(), *scratch_ / "datasets");
  const fs::path out = *scratch_ / plain(GetParam());
  const auto info = build_dataset(config, out, {2, 1, 1, false}, silence_);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->replaced, 0) << "a file of the tiny sources cannot be used: " << testing::PrintToString(silence_.messages);
  std::set<std::string> used;
  for (const SampleRecord& record : records_of(out)) {
    EXPECT_LE(record.measured.recomposition, 1.0 / 255 + 1e-6) << record.recipe.name;
    for (const OccluderRecipe& occluder : record.recipe.occluders) used.insert(occluder.from.source);
  }
  const bool occludes =
      std::any_of(config.splits.begin(), config.splits.end(), [](const SplitConfig& split) { return split.occluded > 0; });
  if (occludes) {
    EXPECT_GE(used.size(), std::min<size_t>(2, config.occluders.size()));
  } else {
    EXPECT_THAT(used, testing::ElementsAre());
  }
  EXPECT_THAT(check_dataset(out, 2, silence_).faults, testing::ElementsAre());
  if (const char* sheets = std::getenv("FACEMAT_SHEETS"))
    write_image(fs::path(sheets) / (plain(GetParam()) + ".png"), preview_sheet(out, {"", "", kStills}));
}
INSTANTIATE_TEST_SUITE_P(All, Presets, testing::ValuesIn(presets()), [](const auto& preset) { return plain(preset.param); });

// What is fact in the recommended preset.
TEST(CelebaMat, StatesTheKnownNumbers) {
  const auto config = load_config<DataConfig>(fs::path(FACEMAT_SOURCE_DIR) / "configs/data/celebamat.yaml");
  ASSERT_EQ(config.splits.size(), 3u);
  EXPECT_EQ(config.splits[0].stills, 24602);
  EXPECT_EQ(config.splits[2].stills, 716);
  EXPECT_EQ(config.size, 512);
  EXPECT_EQ(config.placement.least_area, 0.3);
  EXPECT_EQ(config.placement.most_area, 0.7);
}

// Faces come from the official lists: those to train with and to validate on from one, without a face in both.
// The stems that the list of `split` names.
std::set<std::string> listed(const DataConfig& config, const FaceSourceConfig& source, const std::string& split) {
  std::set<std::string> stems;
  for (const SplitList& list : source.lists) {
    if (list.split != split) continue;
    std::istringstream lines(read_file(fs::path(config.root) / list.file));
    for (std::string line; std::getline(lines, line);) stems.insert(fs::path(line).stem().string());
  }
  return stems;
}

TEST_P(Presets, KeepsToTheListsOfFaces) {
  const DataConfig config = tiny(GetParam(), *scratch_ / "datasets");
  const FaceSourceConfig& source = config.faces[0];
  const fs::path out = *scratch_ / (plain(GetParam()) + "-lists");
  if (source.lists.empty()) return;
  build_dataset(config, out, {2, 1, 1, false}, silence_);
  std::map<std::string, std::set<std::string>> used;
  for (const SampleRecord& record : records_of(out)) {
    const Ingredient& from = record.recipe.face.from;
    if (from.source != (source.name.empty() ? source.kind : source.name)) continue;
    used[record.recipe.split].insert(from.item);
    EXPECT_EQ(listed(config, source, record.recipe.split).count(fs::path(without_number(from.item)).filename().string()), 1u)
        << from.item << " in " << record.recipe.split;
  }
  EXPECT_EQ(used.size(), 3u);
  for (const std::string& face : used["valid"]) EXPECT_EQ(used["train"].count(face), 0u) << face;
}

}  // namespace
}  // namespace facemat
