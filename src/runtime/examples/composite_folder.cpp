// composite_folder MODEL TARGETS SWAPS OUT: each picture of TARGETS with the picture of the same name in SWAPS put under what
// covers the face, written to OUT. Names in order are the frames of one clip. With OpenCV and the C++ header.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include <facemat/facemat.hpp>  // after OpenCV's core: so images may be cv::Mats

namespace fs = std::filesystem;

// Hidden files, and what systems and editors leave in folders.
bool is_left_over(const std::string& name) {
  return name[0] == '.' || name.back() == '~' || name == "Thumbs.db" || name == "desktop.ini";
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Goes past the digits at `text[at]`; returns them without leading zeros, so that the longer is the larger.
std::string take_number(const std::string& text, size_t& at) {
  const size_t first = std::min(text.find_first_not_of('0', at), text.size());
  at = std::min(text.find_first_not_of("0123456789", first), text.size());
  return text.substr(first, at - first);
}

// Numbers in names count as whole numbers, all else by its characters: frame9 before frame10.
bool comes_before(const std::string& a, const std::string& b) {
  size_t i = 0, j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
      ++i, ++j;
      continue;
    }
    const std::string x = take_number(a, i), y = take_number(b, j);
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
  if (a.size() - i != b.size() - j) return a.size() - i < b.size() - j;
  return a < b;
}

// A file that is no picture ends the work rather than be left out.
std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file() && !is_left_over(name)) names.push_back(name);
  }
  std::sort(names.begin(), names.end(), comes_before);
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
  for (const std::string& name : names_in(targets)) {
    const cv::Mat target = read_picture(targets / name), swap = read_picture(swaps / name);
    const cv::Mat alpha = stream.predict(target);
    const fs::path file = out / fs::path(name).replace_extension(".png");
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
