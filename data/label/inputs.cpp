#include "data/label/inputs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/image/codec.h"
#include "src/media/video/video.h"

namespace facemat {
namespace {

std::string lower_extension(const fs::path& file) {
  std::string out = file.extension().string();
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool is_film(const fs::path& file) {
  const auto& known = video_extensions();
  return std::find(known.begin(), known.end(), lower_extension(file)) != known.end();
}

// Pictures as well, but none that we read.
const std::vector<std::string>& foreign_extensions() {
  static const std::vector<std::string> extensions = {".avif", ".bmp", ".gif", ".heic", ".heif",
                                                      ".jp2",  ".jxl", ".tif", ".tiff", ".webp"};
  return extensions;
}

bool is_foreign(const fs::path& file) {
  const auto& foreign = foreign_extensions();
  return std::find(foreign.begin(), foreign.end(), lower_extension(file)) != foreign.end();
}

LabelInput input_of(const std::string& name, const fs::path& file) {
  const bool film = is_film(file);
  return {film ? fs::path(name).replace_extension().generic_string() : without_extension(name), file, name, film, ""};
}

void add_folder(const fs::path& folder, std::vector<LabelInput>& out) {
  std::vector<std::string> extensions = image_extensions();
  extensions.insert(extensions.end(), video_extensions().begin(), video_extensions().end());
  const std::vector<std::string> known = extensions;
  extensions.insert(extensions.end(), foreign_extensions().begin(), foreign_extensions().end());
  const std::vector<std::string> names = files_below(folder, extensions);
  require(!names.empty(), "{}: no photographs and no films (known: {})", folder.string(), fmt::join(known, ", "));
  for (const std::string& name : names) out.push_back(input_of(name, folder / name));
}

bool has_control_characters(const std::string& name) {
  return std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 127; });
}

// Whether the name could be one that labelling gives itself: anna@2, film@000123.
bool ends_like_ours(const std::string& name) {
  const size_t digits = name.find_last_not_of("0123456789");
  return digits != std::string::npos && name[digits] == '@' && digits + 1 < name.size();
}

}  // namespace

bool is_utf8(const std::string& text) {
  const auto continues = [&](size_t at) { return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80; };
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const int more = c < 0x80 ? 0 : c >= 0xc2 && c < 0xe0 ? 1 : c >= 0xe0 && c < 0xf0 ? 2 : c >= 0xf0 && c < 0xf5 ? 3 : -1;
    if (more < 0) return false;
    for (int k = 0; k < more; ++k)
      if (!continues(++i)) return false;
  }
  return true;
}

std::vector<LabelInput> label_inputs(const std::vector<fs::path>& paths) {
  std::vector<LabelInput> out;
  for (const fs::path& path : paths) {
    require(fs::exists(path), "{}: no such file or folder", path.string());
    if (fs::is_directory(path)) {
      add_folder(path, out);
    } else {
      out.push_back(input_of(path.filename().string(), path));
    }
  }
  std::set<std::string> names;
  for (LabelInput& input : out) {
    if (!names.insert(input.name).second) input.fault = "another file has the same name but for its folder or extension";
    if (ends_like_ours(input.name)) input.fault = "a name that ends in @ and digits (faces and frames are named so)";
    if (has_control_characters(input.shown)) input.fault = "a name with control characters";
    if (!is_utf8(input.shown)) input.fault = "a name that is not UTF-8";
    if (is_foreign(input.file)) input.fault = "a format that is not read (convert it to PNG or JPEG)";
  }
  return out;
}

}  // namespace facemat
