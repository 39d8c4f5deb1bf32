#include "data/label/inputs.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "data/sources/pictures/listing.h"
#include "src/core/error.h"
#include "src/core/folder.h"
#include "src/core/text.h"
#include "src/image/codec.h"
#include "src/media/video/video.h"

namespace facemat {
namespace {

bool is_film(const fs::path& file) { return has_extension(file, video_extensions()); }

bool is_foreign(const fs::path& file) { return !is_film(file) && has_extension(file, foreign_image_extensions()); }

// What is not read keeps its extension: it may lie beside the same picture in a format that is.
LabelInput input_of(const std::string& name, const fs::path& file) {
  const bool film = is_film(file);
  const std::string plain = film ? fs::path(name).replace_extension().generic_string() : without_extension(name);
  return {is_foreign(file) ? name : plain, file, name, film, ""};
}

void add_folder(const fs::path& folder, std::vector<LabelInput>& out) {
  std::vector<std::string> extensions = image_extensions();
  extensions.insert(extensions.end(), video_extensions().begin(), video_extensions().end());
  const std::vector<std::string> known = extensions;
  extensions.insert(extensions.end(), foreign_image_extensions().begin(), foreign_image_extensions().end());
  const std::vector<std::string> names = files_below(folder, extensions, OddNames::kListed);
  require(!names.empty(), "{}: no photographs and no films (known: {})", folder.string(), fmt::join(known, ", "));
  for (const std::string& name : names) out.push_back(input_of(name, folder / name));
}

// Whether the name could be one that labelling gives itself: anna@2, film@000123.
bool ends_like_ours(const std::string& name) {
  const size_t digits = name.find_last_not_of("0123456789");
  return digits != std::string::npos && name[digits] == '@' && digits + 1 < name.size();
}

}  // namespace

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
    if (is_foreign(input.file)) input.fault = kForeignFormat;
  }
  return out;
}

}  // namespace facemat
