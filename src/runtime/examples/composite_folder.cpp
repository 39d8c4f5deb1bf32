// composite_folder MODEL TARGETS SWAPS OUT: each picture of TARGETS with the picture of the same name in SWAPS put under what
// covers the face, written to OUT. Names in order are the frames of one clip. With OpenCV and the C++ header.

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include <facemat/facemat.hpp>  // after OpenCV's core: so images may be cv::Mats

namespace fs = std::filesystem;

// Hidden files are none. Numbers in names count as numbers: frame9 before frame10.
std::vector<fs::path> pictures_in(const fs::path& folder) {
  std::vector<fs::path> names;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.is_regular_file() && entry.path().filename().string()[0] != '.') names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end(),
            [](const fs::path& a, const fs::path& b) { return ::strverscmp(a.c_str(), b.c_str()) < 0; });
  return names;
}

cv::Mat read_picture(const fs::path& path) {
  const cv::Mat image = cv::imread(path.string(), cv::IMREAD_COLOR);
  if (image.empty()) throw std::runtime_error(path.string() + ": no picture");
  return image;
}

int composite_folder(const std::string& model, const fs::path& targets, const fs::path& swaps, const fs::path& out) {
  facemat::Stream stream{facemat::Model(model)};
  fs::create_directories(out);
  int count = 0;
  for (const fs::path& name : pictures_in(targets)) {
    const cv::Mat target = read_picture(targets / name), swap = read_picture(swaps / name);
    const cv::Mat alpha = stream.predict(target);
    const fs::path file = out / name.stem().concat(".png");
    if (!cv::imwrite(file.string(), facemat::composite(target, swap, alpha)))
      throw std::runtime_error(file.string() + ": cannot be written");
    ++count;
  }
  return count;
}

int main(int count, char** arguments) {
  if (count != 5) {
    std::fprintf(stderr, "usage: composite_folder MODEL TARGETS SWAPS OUT\n");
    return 2;
  }
  try {
    std::printf("%d composites\n", composite_folder(arguments[1], arguments[2], arguments[3], arguments[4]));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
