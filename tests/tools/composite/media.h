#pragma once
// facemat-composite with pictures and a small clip to read, and what it writes read again.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "src/media/streams/sources.h"
#include "tests/tools/composite/composite.h"

namespace facemat {

inline std::vector<MediaFrame> frames_of(const fs::path& path, bool alpha = false, int bits = 8) {
  SourceOptions options;
  options.read.alpha = alpha;
  options.read.bits = bits;
  const auto source = open_source(path.string(), options);
  std::vector<MediaFrame> frames;
  while (auto frame = source->next()) frames.push_back(*std::move(frame));
  return frames;
}

class CompositeMedia : public CompositeTest {
 protected:
  CompositeMedia() {
    write_image(folder_ / "target.png", grey(kTarget));
    write_image(folder_ / "swap.png", grey(kSwap));
    for (int i = 0; i < 4; ++i) write_image(folder_ / fmt::format("clip/{}.png", i), grey(kTarget));
  }

  std::string job(const std::string& target) const {
    return model() + " --target " + path(target) + " --swap " + path("swap.png") + " ";
  }
  void expect_done(const std::string& arguments) const {
    const Outcome outcome = composite(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.text;
  }
  void expect_failure(const std::string& arguments, const std::string& message) const {
    const auto before = names_in(folder_.path());
    const Outcome outcome = composite(arguments);
    EXPECT_EQ(outcome.code, 1) << arguments;
    EXPECT_THAT(outcome.text, testing::HasSubstr(message)) << arguments;
    EXPECT_EQ(outcome.text.find('\n'), outcome.text.size() - 1) << outcome.text;
    EXPECT_EQ(names_in(folder_.path()), before) << arguments;
  }
  cv::Vec3b colour(const std::string& name) const { return picture(name).at<cv::Vec3b>(9, 9); }
};

}  // namespace facemat
