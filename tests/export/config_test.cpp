#include "export/config.h"

#include <gmock/gmock.h>

#include "src/core/config.h"
#include "src/core/error.h"
#include "src/core/file.h"
#include "src/core/folder.h"
#include "tests/support/scratch.h"

namespace facemat {
namespace {

using testing::HasSubstr;

TEST(ExportSettings, EveryFileLoadsAndMakesSense) {
  int count = 0;
  for (const fs::path& file : list_files(fs::path(FACEMAT_SOURCE_DIR) / "configs" / "export", {".yaml"})) {
    EXPECT_NO_THROW(check(load_config<ExportConfig>(file))) << file;
    ++count;
  }
  EXPECT_GE(count, 5);
}

TEST(ExportSettings, ThoroughIsTheSameInBothPlaces) {
  ExportConfig thorough;
  make_thorough(thorough);
  const auto file = load_config<ExportConfig>(fs::path(FACEMAT_SOURCE_DIR) / "configs" / "export" / "thorough.yaml");
  EXPECT_EQ(config_to_yaml(file), config_to_yaml(thorough));
}

TEST(ExportSettings, SizesAreRead) {
  EXPECT_EQ(parse_size("288x512", "size").height, 288);
  EXPECT_EQ(parse_size("288x512", "size").width, 512);
  EXPECT_EQ(parse_size("", "size").height, 0);
  for (const char* wrong : {"288", "x", "288x", "0x5", "-1x5", "1x99999", "288X512", "288x512x3", "a x b"})
    EXPECT_THAT(message_of([&] { parse_size(wrong, "size"); }), HasSubstr("HEIGHTxWIDTH")) << wrong;
  ExportConfig config;
  config.cases.clear();
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("cases is empty"));
  config = {};
  config.cases[1].size = "";
  EXPECT_THAT(message_of([&] { check(config); }), HasSubstr("cases.1.size"));
}

}  // namespace
}  // namespace facemat
